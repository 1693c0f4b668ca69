import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../api-error.js';
import { tokenStore, useApi } from '../services.js';
import { ErrorNote } from './error-note.js';
import { Logo } from './icon.js';
import { SiteFooter } from './site-footer.js';
import { ThemeButton } from './theme-button.js';

type Mode = 'login' | 'register';

interface FieldProps {
  id: string;
  label: string;
  hint?: string;
  /** The input, with `id` as its id and `<id>-hint` as its description. */
  children: ComponentChildren;
}

const Field = ({ id, label, hint, children }: FieldProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
    {hint && (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
  </div>
);

/** Names are typed as they are: no capital or correction from a phone's keyboard. */
const verbatim = { autocapitalize: 'none', spellcheck: false, required: true } as const;

const LoginFields = ({ needsCode }: { needsCode: boolean }) => (
  <>
    <Field id="login-name" label="Username or e-mail">
      <input id="login-name" name="username" autocomplete="username" maxLength={320} {...verbatim} />
    </Field>
    <Field id="login-password" label="Password">
      <input id="login-password" name="password" type="password" autocomplete="current-password" required />
    </Field>
    {needsCode && (
      <Field id="login-code" label="Code" hint="Six digits of your authenticator, or a recovery code">
        <input
          id="login-code"
          name="code"
          autocomplete="one-time-code"
          minLength={6}
          maxLength={32}
          autoFocus
          aria-describedby="login-code-hint"
          {...verbatim}
        />
      </Field>
    )}
  </>
);

const RegisterFields = () => (
  <>
    <Field id="new-name" label="Username" hint="3 to 20 characters">
      <input
        id="new-name"
        name="username"
        autocomplete="username"
        minLength={3}
        maxLength={20}
        aria-describedby="new-name-hint"
        {...verbatim}
      />
    </Field>
    <Field id="new-email" label="E-mail">
      <input id="new-email" name="email" type="email" autocomplete="email" maxLength={320} {...verbatim} />
    </Field>
    <Field id="new-password" label="Password" hint="At least 6 characters">
      <input
        id="new-password"
        name="password"
        type="password"
        autocomplete="new-password"
        minLength={6}
        required
        aria-describedby="new-password-hint"
      />
    </Field>
  </>
);

/** A field may also hold a file, says its type; these never do. */
const fieldText = (value: FormDataEntryValue | null): string => (typeof value === 'string' ? value : '');

/** The form is uncontrolled: password managers fill such fields without the page having to notice. */
const AuthForm = ({ mode }: { mode: Mode }) => {
  const api = useApi();
  const [error, setError] = useState<ApiError | null>(null);
  const [pending, setPending] = useState(false);
  const [needsCode, setNeedsCode] = useState(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const read = (name: string): string => fieldText(data.get(name));
    const username = read('username').trim();
    setPending(true);
    setError(null);
    try {
      if (mode === 'login') await api.login(username, read('password'), read('code').trim());
      else await api.register(username, read('email').trim(), read('password'));
    } catch (cause) {
      const failure = toApiError(cause);
      const isFirstAsk = failure.code === 'AUTH_MFA_REQUIRED';
      if (isFirstAsk) setNeedsCode(true);
      setError(isFirstAsk ? null : failure);
      setPending(false);
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {mode === 'login' ? <LoginFields needsCode={needsCode} /> : <RegisterFields />}
      {error && <ErrorNote error={error} />}
      <button type="submit" class="button primary wide" disabled={pending}>
        {mode === 'login' ? 'Sign in' : 'Create account'}
      </button>
    </form>
  );
};

const MODES: [Mode, string][] = [
  ['register', 'Create an account'],
  ['login', 'I have an account'],
];

const ModeSwitch = ({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) => (
  <div class="mode-switch" role="group" aria-label="New here?">
    {MODES.map(([value, label]) => (
      <button key={value} type="button" aria-pressed={mode === value} onClick={() => onChange(value)}>
        {label}
      </button>
    ))}
  </div>
);

export const AuthPage = ({ signedOut }: { signedOut: boolean }) => {
  const [visited] = useState(() => tokenStore.visited());
  const [mode, setMode] = useState<Mode>(visited ? 'login' : 'register');
  return (
    <div class="auth-page">
      <header class="auth-top">
        <ThemeButton />
      </header>
      <main class="auth-card">
        <Logo />
        <h1>{visited ? 'Welcome back' : 'Sign in or create an account'}</h1>
        <p class="lead">A companion with a personality that remembers your conversation.</p>
        {signedOut && (
          <p class="notice" role="status">
            You are signed out.
          </p>
        )}
        <ModeSwitch mode={mode} onChange={setMode} />
        <AuthForm key={mode} mode={mode} />
      </main>
      <SiteFooter personalityId="default" />
    </div>
  );
};
