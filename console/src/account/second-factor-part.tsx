import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../api-error.js';
import { ErrorNote } from '../components/error-note.js';
import { useAccountApi } from '../services.js';
import { useTask } from '../use-task.js';

/** What comes next is shown by the task itself. */
const stay = (): void => undefined;

interface CodeFormProps {
  /** What the code is for, above the field. */
  children: ComponentChildren;
  action: string;
  send: (code: string) => Promise<void>;
  onCancel: () => void;
}

const CodeForm = ({ children, action, send, onCancel }: CodeFormProps) => {
  const [code, setCode] = useState('');
  const task = useTask(() => send(code.trim()), stay);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        task.run();
      }}
    >
      {children}
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
          autoFocus
          value={code}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      </div>
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

type View =
  | { kind: 'loading' | 'off' | 'on' | 'turning-off' }
  | { kind: 'turning-on'; secret: string; url: string }
  | { kind: 'turned-on'; recovery: string[] };

const Recovery = ({ codes, onDone }: { codes: string[]; onDone: () => void }) => (
  <>
    <p class="hint">It is on. Keep these recovery codes where you find them without your device; each works once.</p>
    <pre class="recovery-codes">{codes.join('\n')}</pre>
    <button type="button" class="button small" onClick={onDone}>
      I have kept them
    </button>
  </>
);

const useSecondFactor = () => {
  const api = useAccountApi();
  const [view, setView] = useState<View>({ kind: 'loading' });
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    const left = new AbortController();
    api
      .secondFactor(left.signal)
      .then((isOn) => setView({ kind: isOn ? 'on' : 'off' }))
      .catch((cause: unknown) => {
        if (!left.signal.aborted) setError(toApiError(cause));
      });
    return () => left.abort();
  }, [api]);
  return { api, view, setView, error };
};

/** A code of an authenticator beside the password. */
export const SecondFactorPart = () => {
  const { api, view, setView, error } = useSecondFactor();
  const proposal = useTask(async () => {
    const { secret, otpauth_url: url } = await api.proposeSecondFactor();
    setView({ kind: 'turning-on', secret, url });
  }, stay);
  const turnOn = async (code: string): Promise<void> =>
    setView({ kind: 'turned-on', recovery: await api.turnOnSecondFactor(code) });
  const turnOff = async (code: string): Promise<void> => {
    await api.turnOffSecondFactor(code);
    setView({ kind: 'off' });
  };
  return (
    <section class="account-part">
      <h3>Second factor</h3>
      {error && <ErrorNote error={error} />}
      {view.kind === 'off' && (
        <>
          <p class="hint">Asks for a code of an authenticator app beside your password.</p>
          {proposal.error && <ErrorNote error={proposal.error} />}
          <button type="button" class="button small" disabled={proposal.pending} onClick={proposal.run}>
            Turn on…
          </button>
        </>
      )}
      {view.kind === 'on' && (
        <>
          <p class="hint">On: signing in asks for a code.</p>
          <button type="button" class="button small" onClick={() => setView({ kind: 'turning-off' })}>
            Turn off…
          </button>
        </>
      )}
      {view.kind === 'turning-on' && (
        <CodeForm action="Turn on" send={turnOn} onCancel={() => setView({ kind: 'off' })}>
          <p class="hint">
            Add this key to your authenticator, or <a href={view.url}>open it there</a>, and type the code that it
            shows.
          </p>
          <code class="factor-secret">{view.secret}</code>
        </CodeForm>
      )}
      {view.kind === 'turning-off' && (
        <CodeForm action="Turn off" send={turnOff} onCancel={() => setView({ kind: 'on' })}>
          <p class="hint">A code of your authenticator, or a recovery code.</p>
        </CodeForm>
      )}
      {view.kind === 'turned-on' && <Recovery codes={view.recovery} onDone={() => setView({ kind: 'on' })} />}
    </section>
  );
};
