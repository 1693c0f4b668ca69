import type { ApiClient } from '../api-client.js';
import { ApiError } from '../api-error.js';
import type { TokenStore } from '../token-store.js';

const ASK_AGAIN_MS = 1000;
const FIRST_BYTE_MS = 60_000;

export interface ExportFile {
  name: string;
  content: Blob;
}

/** Who is signed in shows once more who they are: a screen left open must not be enough. */
export interface FactorProof {
  password: string;
  code: string;
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });

function nameOf(response: Response): string {
  const named = /filename="([\w.-]+)"/.exec(response.headers.get('content-disposition') ?? '');
  return named?.[1] ?? 'cozyengine-export.json';
}

/** What the law gives users: all of their data, and the end of it. */
export class AccountApi {
  constructor(
    private readonly client: ApiClient,
    private readonly tokens: TokenStore,
    private readonly wait = pause,
  ) {}

  /** All of the user's data. The server makes it in the background: asked for until it is there. */
  async export(signal: AbortSignal): Promise<ExportFile> {
    for (;;) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(FIRST_BYTE_MS)]);
      const response = await this.client.open('/v1/users/me/export', { signal: deadline });
      if (response.status !== 202) return { name: nameOf(response), content: await response.blob() };
      const { status }: { status?: string } = await response.json();
      if (status === 'failed') throw new ApiError('The export could not be made. Please try again later.', 'EXPORT');
      await this.wait(ASK_AGAIN_MS, signal);
      signal.throwIfAborted();
    }
  }

  async secondFactor(signal: AbortSignal): Promise<boolean> {
    return (await this.client.json<{ enabled: boolean }>('/v1/auth/mfa', { signal })).enabled;
  }

  /** A secret for the user's authenticator; asked for at sign-in once `turnOn` has seen a code of it. */
  proposeSecondFactor(password: string): Promise<{ secret: string; otpauth_url: string }> {
    return this.client.json('/v1/auth/mfa/setup', { method: 'POST', body: { password } });
  }

  /** The recovery codes, which are told this once. */
  async turnOnSecondFactor(proof: FactorProof): Promise<string[]> {
    return this.recoveryCodes('/v1/auth/mfa/verify', proof);
  }

  async turnOffSecondFactor(proof: FactorProof): Promise<void> {
    await this.client.json('/v1/auth/mfa/disable', { method: 'POST', body: proof });
  }

  /** Instead of those that are left; told this once. */
  async renewRecoveryCodes(proof: FactorProof): Promise<string[]> {
    return this.recoveryCodes('/v1/auth/mfa/recovery-codes', proof);
  }

  /** Ends the account, and with it the sign-in on this page. */
  async delete(password: string): Promise<void> {
    await this.client.json('/v1/users/me', { method: 'DELETE', body: { password } });
    this.tokens.write(null);
  }

  private async recoveryCodes(path: string, body: FactorProof): Promise<string[]> {
    return (await this.client.json<{ recovery_codes: string[] }>(path, { method: 'POST', body })).recovery_codes;
  }
}
