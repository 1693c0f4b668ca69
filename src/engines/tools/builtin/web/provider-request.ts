import { CozyError } from '../../../../core/errors/cozy.error.js';
import { guardedFetch } from '../../../../core/net/guarded-fetch.js';
import { GuardedFetchError } from '../../../../core/net/guarded-fetch.error.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 2 * 1024 * 1024;
const MOST_RETRY_SECONDS = 3600;

/** A service that the operator configured. */
export interface Provider {
  /** How models are told of it: `weather service`. */
  readonly name: string;
  readonly baseUrl: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for JSON. Throws a CozyError that a model can act on; what the provider itself said stays in `cause`. */
export async function askProvider(
  provider: Provider,
  path: string,
  query: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<unknown> {
  const { url, headers } = requestOf(provider, path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const answer = await guardedFetch(url, {
    headers: { accept: 'application/json', ...headers },
    allowHosts: [url.origin],
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    signal,
  }).catch((thrown: unknown) => {
    throw errorOfThrown(provider.name, thrown);
  });
  if (answer.status < 200 || answer.status > 299) throw errorOfStatus(provider.name, answer.status, answer.headers);
  try {
    return JSON.parse(answer.text()) as unknown;
  } catch (cause) {
    throw notUnderstood(provider.name, cause);
  }
}

export function notUnderstood(name: string, cause?: unknown): CozyError {
  return failed(`The ${name} gave an answer that could not be understood.`, cause);
}

/** The path goes behind the base's own; a user name in the base becomes a header, as nothing fetches it from a URL. */
function requestOf({ baseUrl, headers = {} }: Provider, path: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(baseUrl);
  const user = decodeURIComponent(url.username);
  const word = decodeURIComponent(url.password);
  Object.assign(url, { username: '', password: '', search: '', hash: '' });
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  const basic = { authorization: `Basic ${Buffer.from(`${user}:${word}`).toString('base64')}` };
  return { url, headers: { ...((user !== '' || word !== '') && basic), ...headers } };
}

function errorOfThrown(name: string, thrown: unknown): CozyError {
  const problem = thrown instanceof GuardedFetchError ? thrown.problem : 'failed';
  switch (problem) {
    case 'timeout':
    case 'aborted':
      return new CozyError('TOOL_TIMEOUT', { message: `The ${name} took too long to answer.`, cause: thrown });
    case 'too_large':
      return failed(`The ${name} gave an answer that is too large.`, thrown);
    case 'refused':
    case 'redirects':
      return failed(`The ${name} is not set up rightly on this server. Do not try again; say so.`, thrown);
    case 'failed':
      return unavailable(`The ${name} cannot be reached. Try again later or answer without it.`, thrown);
  }
}

function errorOfStatus(name: string, status: number, headers: Headers): CozyError {
  const cause = new Error(`The ${name} answered with status ${status}.`);
  if (status === 401 || status === 403) {
    return failed(`The ${name} refused this server's request for want of permission. Do not try again; say so.`, cause);
  }
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    const retryAfterSeconds = seconds >= 0 ? Math.min(Math.ceil(seconds), MOST_RETRY_SECONDS) : undefined;
    const message = `The ${name} was asked too often. Try again later or answer without it.`;
    return new CozyError('TOOL_UNAVAILABLE', { message, cause, retryAfterSeconds });
  }
  if (status >= 500) return unavailable(`The ${name} failed. Try again later or answer without it.`, cause);
  return failed(`The ${name} rejected the request. Try other arguments.`, cause);
}

const failed = (message: string, cause: unknown): CozyError => new CozyError('TOOL_FAILED', { message, cause });
const unavailable = (message: string, cause: unknown): CozyError =>
  new CozyError('TOOL_UNAVAILABLE', { message, cause });
