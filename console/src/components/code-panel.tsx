import { useState } from 'preact/hooks';
import { snippet, type SnippetLanguage } from '../snippets.js';
import { Icon } from './icon.js';
import { Modal } from './modal.js';

const COPIED_MS = 2000;
const LANGUAGES: [SnippetLanguage, string][] = [
  ['curl', 'curl'],
  ['python', 'Python (OpenAI SDK)'],
];

const CopyButton = ({ text }: { text: string }) => {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async (): Promise<void> => {
    try {
      // Missing where the page is served without TLS: the text can still be selected by hand.
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('failed');
    }
    setTimeout(() => setState('idle'), COPIED_MS);
  };
  const label = { idle: 'Copy', copied: 'Copied', failed: 'Select and copy by hand' }[state];
  return (
    <button type="button" class="button small" onClick={() => void copy()} aria-live="polite">
      <Icon name={state === 'copied' ? 'check' : 'copy'} />
      {label}
    </button>
  );
};

interface CodePanelProps {
  personalityId: string;
  token: string | undefined;
  onClose: () => void;
}

export const CodePanel = ({ personalityId, token, onClose }: CodePanelProps) => {
  const [language, setLanguage] = useState<SnippetLanguage>('curl');
  const [withToken, setWithToken] = useState(false);
  const input = { origin: window.location.origin, personalityId };
  const text = snippet(language, { ...input, token: withToken ? token : undefined });
  return (
    <Modal title="Use it from code" onClose={onClose}>
      <p class="modal-text">
        The API speaks OpenAI’s language: any OpenAI SDK works with this server as its base URL. Each personality is a
        model.
      </p>
      <fieldset class="choice">
        <legend class="visually-hidden">Language</legend>
        {LANGUAGES.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name="language"
              value={value}
              checked={language === value}
              onChange={() => setLanguage(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <pre class="snippet" tabIndex={0} aria-label="Example">
        <code>{text}</code>
      </pre>
      <div class="snippet-row">
        {token ? (
          <label class="check">
            <input
              type="checkbox"
              checked={withToken}
              onChange={(event) => setWithToken(event.currentTarget.checked)}
            />
            <span>Put in my access token (keep it secret)</span>
          </label>
        ) : (
          <span class="hint">Sign in to fill in your access token.</span>
        )}
        <CopyButton text={text} />
      </div>
      <p class="hint">
        For programs, make an API key instead of using your own token: see the <a href="/docs">API docs</a>.
      </p>
    </Modal>
  );
};
