import { useState } from 'preact/hooks';
import { CodePanel } from './code-panel.js';

interface SiteFooterProps {
  personalityId: string;
  token?: string;
}

export const SiteFooter = ({ personalityId, token }: SiteFooterProps) => {
  const [open, setOpen] = useState(false);
  return (
    <footer class="site-footer">
      <a href="/docs">API docs</a>
      <a href="/health">Health</a>
      <button type="button" class="link" onClick={() => setOpen(true)}>
        Use it from code
      </button>
      {open && <CodePanel personalityId={personalityId} token={token} onClose={() => setOpen(false)} />}
    </footer>
  );
};
