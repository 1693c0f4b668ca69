import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { useTask } from '../use-task.js';
import type { FactorProof } from './account-api.js';

/** What comes next is shown by the task itself. */
const stay = (): void => undefined;

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  autoFocus?: boolean;
}

const PasswordField = ({ value, onChange, autoFocus = false }: FieldProps) => (
  <div>
    <label for="factor-password">Your password</label>
    <input
      id="factor-password"
      type="password"
      autocomplete="current-password"
      required
      maxLength={256}
      autoFocus={autoFocus}
      value={value}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  </div>
);

const CodeField = ({ value, onChange, autoFocus = false }: FieldProps) => (
  <div>
    <label for="factor-code">Code</label>
    <input
      id="factor-code"
      autocomplete="one-time-code"
      autocapitalize="none"
      spellcheck={false}
      required
      minLength={6}
      maxLength={32}
      autoFocus={autoFocus}
      value={value}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  </div>
);

interface ProofFormProps {
  /** What the proof is for, above the fields. */
  children: ComponentChildren;
  action: string;
  asks: { password?: boolean; code?: boolean };
  /** What is not asked for is empty. */
  send: (proof: FactorProof) => Promise<void>;
  onCancel: () => void;
}

/** Asks for the password, a code of the authenticator, or both. */
export const ProofForm = ({ children, action, asks, send, onCancel }: ProofFormProps) => {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const task = useTask(() => send({ password, code: code.trim() }), stay);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        task.run();
      }}
    >
      {children}
      {asks.password && <PasswordField value={password} onChange={setPassword} autoFocus />}
      {asks.code && <CodeField value={code} onChange={setCode} autoFocus={!asks.password} />}
      {task.error && <ErrorNote error={task.error} />}
      <div class="form-actions">
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" class="button primary" disabled={task.pending}>
          {action}
        </button>
      </div>
    </form>
  );
};
