import { CozyError } from '../../../core/errors/cozy.error.js';
import { Deadline } from '../../../core/util/deadline.js';
import { statusOf } from '../../http-errors.js';
import type { JsonHttp, JsonHttpAnswer, JsonHttpRequest } from '../../http-json.js';

const MOST_COOKIE_BYTES = 8192;
const SIGN_IN_MS = 10_000;
/** A wrong password is not tried with every turn: services lock accounts for that. */
const REFUSED_MS = 30_000;

export interface CogneeCredentials {
  username: string;
  password: string;
}

/**
 * Requests under the cookie of a sign-in, which is made when it is first needed, and once more when the service says
 * that it has ended. Callers that need one at once share it.
 */
export class CogneeSignIn {
  private cookie: string | undefined;
  private running: Promise<string> | undefined;
  private refused: { error: CozyError; until: number } | undefined;

  constructor(
    private readonly http: JsonHttp,
    private readonly credentials: CogneeCredentials,
  ) {}

  async send(request: JsonHttpRequest, signal: AbortSignal): Promise<JsonHttpAnswer> {
    const cookie = this.cookie ?? (await this.signIn(signal));
    try {
      return await this.http.send(withCookie(request, cookie), signal);
    } catch (error) {
      if (statusOf(error) !== 401) throw error;
      // Another caller may have signed in meanwhile.
      if (this.cookie === cookie) this.cookie = undefined;
      return this.http.send(withCookie(request, this.cookie ?? (await this.signIn(signal))), signal);
    }
  }

  /** The signal ends the waiting only: others may wait for the same sign-in. */
  async signIn(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.refused !== undefined && Date.now() < this.refused.until) throw this.refused.error;
    this.running ??= this.newCookie().finally(() => (this.running = undefined));
    const waiting = new Deadline(signal, SIGN_IN_MS);
    try {
      return await waiting.race(this.running);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof CozyError ? error : this.http.error('ENGINE_TIMEOUT', this.request(), error);
    } finally {
      waiting.release();
    }
  }

  private async newCookie(): Promise<string> {
    const request = this.request();
    let cookies: string[];
    try {
      ({ cookies } = await this.http.send(request, new AbortController().signal));
    } catch (error) {
      throw this.refusal(error, request);
    }
    const cookie = cookies.map((header) => header.split(';', 1)[0]?.trim() ?? '').join('; ');
    if (cookie === '' || cookie.length > MOST_COOKIE_BYTES) {
      throw this.http.error('ENGINE_BAD_RESPONSE', request, new Error('The sign-in gave no cookie.'));
    }
    this.cookie = cookie;
    return cookie;
  }

  /** A wrong password is told as a bad request. */
  private refusal(error: unknown, request: JsonHttpRequest): unknown {
    if (!(error instanceof CozyError)) return error;
    if (error.code !== 'ENGINE_REQUEST_REJECTED' && error.code !== 'ENGINE_AUTH_FAILED') return error;
    const refused = this.http.error('ENGINE_AUTH_FAILED', request, error);
    this.refused = { error: refused, until: Date.now() + REFUSED_MS };
    return refused;
  }

  private request(): JsonHttpRequest {
    return { method: 'POST', path: '/api/v1/auth/login', form: { ...this.credentials }, timeoutMs: SIGN_IN_MS };
  }
}

const withCookie = (request: JsonHttpRequest, cookie: string): JsonHttpRequest => ({
  ...request,
  headers: { ...request.headers, cookie },
});
