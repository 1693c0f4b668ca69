import { CozyError } from '../../../core/errors/cozy.error.js';
import { Deadline } from '../../../core/util/deadline.js';
import type { JsonHttp, JsonHttpAnswer, JsonHttpRequest } from '../../http-json.js';

const MOST_COOKIE_BYTES = 8192;

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

  constructor(
    private readonly http: JsonHttp,
    private readonly credentials: CogneeCredentials,
    private readonly timeoutMs: number,
  ) {}

  async send(request: JsonHttpRequest, signal: AbortSignal): Promise<JsonHttpAnswer> {
    const cookie = this.cookie ?? (await this.signIn(signal));
    try {
      return await this.http.send(withCookie(request, cookie), signal);
    } catch (error) {
      if (!(error instanceof CozyError) || error.code !== 'ENGINE_AUTH_FAILED') throw error;
      // Another caller may have signed in meanwhile.
      if (this.cookie === cookie) this.cookie = undefined;
      return this.http.send(withCookie(request, this.cookie ?? (await this.signIn(signal))), signal);
    }
  }

  /** The signal ends the waiting only: others may wait for the same sign-in. */
  async signIn(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.running ??= this.newCookie().finally(() => (this.running = undefined));
    const waiting = new Deadline(signal, this.timeoutMs);
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
      // A wrong password is told as a bad request.
      if (error instanceof CozyError && error.code === 'ENGINE_REQUEST_REJECTED') {
        throw this.http.error('ENGINE_AUTH_FAILED', request, error);
      }
      throw error;
    }
    const cookie = cookies.map((header) => header.split(';', 1)[0]?.trim() ?? '').join('; ');
    if (cookie === '' || cookie.length > MOST_COOKIE_BYTES) {
      throw this.http.error('ENGINE_BAD_RESPONSE', request, new Error('The sign-in gave no cookie.'));
    }
    this.cookie = cookie;
    return cookie;
  }

  private request(): JsonHttpRequest {
    return { method: 'POST', path: '/api/v1/auth/login', form: { ...this.credentials }, timeoutMs: this.timeoutMs };
  }
}

const withCookie = (request: JsonHttpRequest, cookie: string): JsonHttpRequest => ({
  ...request,
  headers: { ...request.headers, cookie },
});
