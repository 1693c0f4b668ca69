import { useRef } from 'preact/hooks';
import { AuthPage } from './components/auth-page.js';
import { Workspace } from './components/workspace.js';
import { useTokens } from './services.js';

export const App = () => {
  const tokens = useTokens();
  const before = useRef(tokens);
  if (tokens) before.current = tokens;
  // Keyed by the user: when another one signs in, nothing of the last one's chats stays on the page.
  if (tokens) return <Workspace key={tokens.user.id} tokens={tokens} />;
  return <AuthPage signedOut={before.current !== null} />;
};
