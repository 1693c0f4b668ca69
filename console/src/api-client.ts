import { errorFromResponse, toApiError } from './api-error.js';
import type { TokenAnswer } from './api-types.js';
import { toTokens, type TokenStore } from './token-store.js';

const JSON_DEADLINE_MS = 20_000;

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** JSON, or a form with a file. */
  body?: unknown;
  signal?: AbortSignal;
  /** For what takes longer than other answers: an upload. */
  deadlineMs?: number;
}

type Send = (url: string, init: RequestInit) => Promise<Response>;
type Lock = <T>(task: () => Promise<T>) => Promise<T>;

/** One tab at a time renews: refresh tokens rotate, and using an old one twice looks like theft to the server. */
const acrossTabs: Lock = async (task) => {
  const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined);
  return locks ? await locks.request('cozy.refresh', task) : await task();
};

const withDeadline = (signal?: AbortSignal, deadlineMs = JSON_DEADLINE_MS): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal ? [signal] : [])]);

/** 401 is also the answer to a wrong password or code, which says nothing about the token that came with it. */
const WRONG_PROOF: readonly string[] = ['AUTH_INVALID_CREDENTIALS', 'AUTH_MFA_INVALID'];

async function refusesToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const { code } = await errorFromResponse(response.clone());
  return !WRONG_PROOF.includes(code);
}

function encoded(body: unknown): { headers: Record<string, string>; body: string | FormData | null } {
  if (body === undefined) return { headers: {}, body: null };
  // The browser itself names the type of a form, with the boundary that it has chosen.
  if (body instanceof FormData) return { headers: {}, body };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Talks to the server: adds the token, renews it once when it has expired, turns failures into `ApiError`. */
export class ApiClient {
  private renewal: Promise<boolean> | null = null;

  constructor(
    private readonly tokens: TokenStore,
    private readonly send: Send = (url, init) => fetch(url, init),
    private readonly lock: Lock = acrossTabs,
  ) {}

  async json<T>(path: string, options: CallOptions = {}): Promise<T> {
    const response = await this.open(path, { ...options, signal: withDeadline(options.signal, options.deadlineMs) });
    try {
      const body: T = await response.json();
      return body;
    } catch (cause) {
      throw toApiError(cause);
    }
  }

  /** The raw response, for streams: its body has no deadline of its own, the reader watches for silence. */
  async open(path: string, options: CallOptions = {}): Promise<Response> {
    const used = this.tokens.read()?.access;
    let response = await this.call(path, options, used);
    if (used && (await refusesToken(response))) {
      if (await this.renew(used)) response = await this.call(path, options, this.tokens.read()?.access);
      if (await refusesToken(response)) this.tokens.write(null);
    }
    if (!response.ok) throw await errorFromResponse(response);
    return response;
  }

  /** For routes where 401 means a wrong password, not an old token. */
  async publicJson<T>(path: string, body: unknown): Promise<T> {
    const response = await this.call(path, { method: 'POST', body, signal: withDeadline() });
    if (!response.ok) throw await errorFromResponse(response);
    const answer: T = await response.json();
    return answer;
  }

  private renew(used: string): Promise<boolean> {
    this.renewal ??= this.lock(() => this.renewNow(used)).finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  private async renewNow(used: string): Promise<boolean> {
    const current = this.tokens.read();
    if (!current) return false;
    // Another request or tab was faster: its token is the one to use.
    if (current.access !== used) return true;
    const body = { refresh_token: current.refresh };
    const response = await this.call('/v1/auth/refresh', { method: 'POST', body, signal: withDeadline() });
    // Only a refusal means signed out; a server in trouble must not cost the user their session.
    if ([400, 401, 403].includes(response.status)) return false;
    if (!response.ok) throw await errorFromResponse(response);
    const answer: TokenAnswer = await response.json();
    this.tokens.write(toTokens(answer, current.user));
    return true;
  }

  private async call(path: string, options: CallOptions, access?: string): Promise<Response> {
    const { headers, body } = encoded(options.body);
    if (access) headers.authorization = `Bearer ${access}`;
    try {
      return await this.send(path, { method: options.method ?? 'GET', headers, body, signal: options.signal ?? null });
    } catch (cause) {
      throw toApiError(cause);
    }
  }
}
