import type { Agent, Response as UndiciResponse } from 'undici';
import { PRODUCT } from '../util/product.js';
import { urlProblem } from './address-guard.js';
import { Deadline } from '../util/deadline.js';
import { GuardedFetchError } from './guarded-fetch.error.js';
import { guardedLookup, type Resolve } from './guarded-lookup.js';
import { type Hop, redirectedHop } from './redirect.js';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 5 * 1024 * 1024;
const MOST_REDIRECTS = 5;

export interface GuardedFetchOptions {
  /** GET by default. */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
  /** For all of it: DNS, every redirect and the body. */
  timeoutMs?: number;
  /** Of the body, after decompression. */
  maxBytes?: number;
  /** Origins (`http://127.0.0.1:8888`) that the operator configured. They may be private; where they redirect to may not. */
  allowHosts?: readonly string[];
  /** Instead of the system's resolver. */
  resolve?: Resolve;
}

export interface FetchedAnswer {
  /** Of the last hop. Any but a redirect's that was followed; failures of the other side are answers too. */
  status: number;
  headers: Headers;
  /** The media type alone, in lower case; empty when there is none. */
  contentType: string;
  /** Where the answer came from, after redirects. */
  url: string;
  bytes: Uint8Array;
  /** By the charset that the answer names, UTF-8 otherwise. */
  text(): string;
}

/**
 * The one way to fetch a URL that data can influence: a model's argument, a provider's link, a user's document. Refuses
 * whatever is not on the public internet, at every redirect; bounds time and bytes. It knows no proxy, as a proxy would
 * resolve the name once more. Throws a GuardedFetchError.
 */
export async function guardedFetch(url: string | URL, options: GuardedFetchOptions = {}): Promise<FetchedAnswer> {
  const deadline = new Deadline(options.signal, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const agents = new Agents(options.resolve);
  try {
    deadline.signal.throwIfAborted();
    return await follow(firstHop(url, options), options, agents, deadline.signal);
  } catch (thrown) {
    throw errorOf(thrown, deadline);
  } finally {
    deadline.release();
    await agents.destroy();
  }
}

/**
 * Connections of one call. They are not kept: a connection that was made for a trusted call must never serve another,
 * and calls are rare enough.
 */
class Agents {
  private readonly made: Agent[] = [];

  constructor(private readonly resolve: Resolve | undefined) {}

  /** Undici takes a tenth of a second to load, so only the first call loads it. */
  async fetch(hop: Hop, trusted: boolean, signal: AbortSignal): Promise<UndiciResponse> {
    const undici = await import('undici');
    const agent = new undici.Agent({
      allowH2: false,
      connect: trusted ? {} : { lookup: guardedLookup(this.resolve) },
    });
    this.made.push(agent);
    const headers = new undici.Headers(hop.headers);
    if (!headers.has('user-agent')) headers.set('user-agent', PRODUCT.name);
    return undici.fetch(hop.url, {
      method: hop.method,
      headers,
      ...(hop.body !== undefined && { body: hop.body }),
      redirect: 'manual',
      dispatcher: agent,
      signal,
    });
  }

  async destroy(): Promise<void> {
    await Promise.all(this.made.map((agent) => agent.destroy()));
  }
}

async function follow(
  first: Hop,
  options: GuardedFetchOptions,
  agents: Agents,
  signal: AbortSignal,
): Promise<FetchedAnswer> {
  let hop = first;
  let trusted = true;
  for (let redirects = 0; ; redirects++) {
    // Trust that was left is not regained: a stranger's redirect must not reach what only the operator may name.
    trusted &&= options.allowHosts?.includes(hop.url.origin) ?? false;
    const problem = urlProblem(hop.url, trusted);
    if (problem !== undefined)
      throw new GuardedFetchError('refused', `${nameOf(hop.url)} may not be fetched: ${problem}.`);
    const response = await agents.fetch(hop, trusted, signal);
    const next = redirectedHop(hop, response.status, response.headers.get('location'));
    if (next === undefined) return await answerOf(response, hop.url, options.maxBytes ?? DEFAULT_MAX_BYTES);
    if (redirects === MOST_REDIRECTS) {
      throw new GuardedFetchError('redirects', `${nameOf(first.url)} redirects more than ${MOST_REDIRECTS} times.`);
    }
    await response.body?.cancel();
    hop = next;
  }
}

async function answerOf(response: UndiciResponse, url: URL, maxBytes: number): Promise<FetchedAnswer> {
  const bytes = await boundedBody(response, url, maxBytes);
  const [mediaType = '', ...parameters] = (response.headers.get('content-type') ?? '').split(';');
  return {
    status: response.status,
    headers: new Headers([...response.headers]),
    contentType: mediaType.trim().toLowerCase(),
    url: url.href,
    bytes,
    text: () => decoded(bytes, parameters),
  };
}

/** Undici decompresses piece by piece as the pieces are read, so a decompression bomb stops at the limit. */
async function boundedBody(response: UndiciResponse, url: URL, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > maxBytes) {
      throw new GuardedFetchError('too_large', `The answer of ${nameOf(url)} is larger than ${maxBytes} bytes.`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function decoded(bytes: Uint8Array, parameters: readonly string[]): string {
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(text)?.[1]).find(Boolean);
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset that nobody knows: UTF-8 is the likeliest.
    return new TextDecoder().decode(bytes);
  }
}

function firstHop(url: string | URL, { method = 'GET', headers = {}, body }: GuardedFetchOptions): Hop {
  if (!URL.canParse(String(url))) throw new GuardedFetchError('refused', 'This is not a valid web address.');
  return { url: new URL(url), method: method.toUpperCase(), headers, body };
}

function errorOf(thrown: unknown, deadline: Deadline): GuardedFetchError {
  const own = ownErrorIn(thrown);
  if (own !== undefined) return own;
  if (deadline.endedBy === 'timeout') {
    return new GuardedFetchError('timeout', 'The web address took too long to answer.', { cause: thrown });
  }
  if (deadline.endedBy === 'caller')
    return new GuardedFetchError('aborted', 'The fetch was cancelled.', { cause: thrown });
  return new GuardedFetchError('failed', 'The web address could not be reached.', { cause: thrown });
}

/** Undici wraps what the lookup throws. */
function ownErrorIn(thrown: unknown): GuardedFetchError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof GuardedFetchError) return error;
  }
  return undefined;
}

function nameOf(url: URL): string {
  return url.host === '' ? 'This address' : url.host.slice(0, 100);
}
