import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../api-error.js';
import { ErrorNote } from '../components/error-note.js';
import { useAccountApi } from '../services.js';
import type { AccountApi, FactorProof } from './account-api.js';
import { ProofForm } from './proof-form.js';

type View =
  | { kind: 'loading' | 'off' | 'on' | 'proposing' | 'turning-off' | 'renewing' }
  | { kind: 'turning-on'; secret: string; url: string; password: string }
  | { kind: 'recovery'; codes: string[] };

const BOTH = { password: true, code: true };

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

interface ViewProps {
  api: AccountApi;
  setView: (view: View) => void;
}

const Choice = ({ hint, children }: { hint: string; children: ComponentChildren }) => (
  <>
    <p class="hint">{hint}</p>
    <div class="account-act">{children}</div>
  </>
);

const Off = ({ setView }: ViewProps) => (
  <Choice hint="Asks for a code of an authenticator app beside your password.">
    <button type="button" class="button small" onClick={() => setView({ kind: 'proposing' })}>
      Turn on…
    </button>
  </Choice>
);

const On = ({ setView }: ViewProps) => (
  <Choice hint="On: signing in asks for a code.">
    <button type="button" class="button small" onClick={() => setView({ kind: 'turning-off' })}>
      Turn off…
    </button>
    <button type="button" class="button small" onClick={() => setView({ kind: 'renewing' })}>
      New recovery codes…
    </button>
  </Choice>
);

const Proposing = ({ api, setView }: ViewProps) => {
  const propose = async ({ password }: FactorProof): Promise<void> => {
    const { secret, otpauth_url: url } = await api.proposeSecondFactor(password);
    setView({ kind: 'turning-on', secret, url, password });
  };
  return (
    <ProofForm action="Go on" asks={{ password: true }} send={propose} onCancel={() => setView({ kind: 'off' })}>
      <p class="hint">Your password first: whoever finds this page open must not change how you sign in.</p>
    </ProofForm>
  );
};

const TurningOn = ({ api, setView, view }: ViewProps & { view: Extract<View, { kind: 'turning-on' }> }) => {
  const turnOn = async ({ code }: FactorProof): Promise<void> =>
    setView({ kind: 'recovery', codes: await api.turnOnSecondFactor({ password: view.password, code }) });
  return (
    <ProofForm action="Turn on" asks={{ code: true }} send={turnOn} onCancel={() => setView({ kind: 'off' })}>
      <p class="hint">
        Add this key to your authenticator, or <a href={view.url}>open it there</a>, and type the code that it shows.
      </p>
      <code class="factor-secret">{view.secret}</code>
    </ProofForm>
  );
};

const TurningOff = ({ api, setView }: ViewProps) => {
  const turnOff = async (proof: FactorProof): Promise<void> => {
    await api.turnOffSecondFactor(proof);
    setView({ kind: 'off' });
  };
  return (
    <ProofForm action="Turn off" asks={BOTH} send={turnOff} onCancel={() => setView({ kind: 'on' })}>
      <p class="hint">Your password, and a code of your authenticator or a recovery code.</p>
    </ProofForm>
  );
};

const Renewing = ({ api, setView }: ViewProps) => {
  const renew = async (proof: FactorProof): Promise<void> =>
    setView({ kind: 'recovery', codes: await api.renewRecoveryCodes(proof) });
  return (
    <ProofForm action="Make new ones" asks={BOTH} send={renew} onCancel={() => setView({ kind: 'on' })}>
      <p class="hint">New recovery codes take the place of those that you have.</p>
    </ProofForm>
  );
};

const Recovery = ({ codes, setView }: { codes: string[] } & Pick<ViewProps, 'setView'>) => (
  <>
    <p class="hint">Keep these recovery codes where you find them without your device; each works once.</p>
    <pre class="recovery-codes">{codes.join('\n')}</pre>
    <button type="button" class="button small" onClick={() => setView({ kind: 'on' })}>
      I have kept them
    </button>
  </>
);

/** A code of an authenticator beside the password. */
export const SecondFactorPart = () => {
  const { api, view, setView, error } = useSecondFactor();
  const props = { api, setView };
  return (
    <section class="account-part">
      <h3>Second factor</h3>
      {error && <ErrorNote error={error} />}
      {view.kind === 'off' && <Off {...props} />}
      {view.kind === 'on' && <On {...props} />}
      {view.kind === 'proposing' && <Proposing {...props} />}
      {view.kind === 'turning-on' && <TurningOn {...props} view={view} />}
      {view.kind === 'turning-off' && <TurningOff {...props} />}
      {view.kind === 'renewing' && <Renewing {...props} />}
      {view.kind === 'recovery' && <Recovery codes={view.codes} setView={setView} />}
    </section>
  );
};
