import type { Agent, Dispatcher } from 'undici';
import type { ErrorCode } from '../core/errors/error-table.js';
import { CozyError } from '../core/errors/cozy.error.js';
import { redirectedHop } from '../core/net/redirect.js';
import { traceHeaders } from '../core/tracing/tracing.js';
import { PRODUCT } from '../core/util/product.js';
import { withDeadline } from '../core/util/deadline.js';
import { codeOfStatus, serviceError, StatusError } from './http-errors.js';

/** Of a body, in bytes: far more than any answer that would be put before a model. */
const MAX_BYTES = 4 * 1024 * 1024;
const MOST_REDIRECTS = 3;
/** The services run on servers that close an idle connection after five seconds, perhaps under the next request. */
const IDLE_SOCKET_MS = 4000;

export interface JsonHttpOptions {
  /** How callers are told of it: `memory service`. */
  service: string;
  baseUrl: string;
  headers?: Readonly<Record<string, string>>;
  /** Of a request that names no other. */
  timeoutMs: number;
  maxBytes?: number;
  /** Where a product uses a status in a way of its own. */
  codes?: Readonly<Record<number, ErrorCode>>;
}

export interface JsonHttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Behind the base URL's own path; holds no query. */
  path: string;
  query?: Readonly<Record<string, string | number>>;
  headers?: Readonly<Record<string, string>>;
  /** At most one of the three. */
  json?: unknown;
  form?: Readonly<Record<string, string>>;
  multipart?: FormData;
  timeoutMs?: number;
  /** `any`: nothing but the status matters, and a redirect is a sign of life. */
  expect?: 'json' | 'any';
}

export interface JsonHttpAnswer {
  status: number;
  /** The parsed JSON; undefined where the body is empty or nobody expects one. */
  body: unknown;
  cookies: string[];
}

interface Hop {
  url: URL;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array | undefined;
}

/**
 * JSON over HTTP with one service that the operator configured. Time, bytes and redirects are bounded; what goes wrong
 * becomes a CozyError of the ENGINE_* family without a word of the service. A caller's abort is passed on as it is.
 * The global fetch would do, but its connections cannot be closed with the engine, and it follows redirects anywhere.
 */
export class JsonHttp {
  private readonly base: URL;
  private readonly headers: Readonly<Record<string, string>>;
  /** It takes a tenth of a second to load: only where it is needed, but not within the deadline of the first turn. */
  private readonly undici = import('undici');
  private agent: Agent | undefined;
  private closed = false;

  constructor(private readonly options: JsonHttpOptions) {
    const url = new URL(options.baseUrl);
    this.headers = {
      accept: 'application/json',
      'user-agent': PRODUCT.name,
      ...basicAuthorization(url),
      ...options.headers,
    };
    Object.assign(url, { username: '', password: '', search: '', hash: '' });
    this.base = url;
  }

  async send(request: JsonHttpRequest, signal: AbortSignal): Promise<JsonHttpAnswer> {
    try {
      return await withDeadline(
        signal,
        request.timeoutMs ?? this.options.timeoutMs,
        (ended) => this.exchange(request, ended),
        () => this.error('ENGINE_TIMEOUT', request),
      );
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof CozyError) throw thrown;
      throw this.error('ENGINE_UNAVAILABLE', request, thrown);
    }
  }

  /** Ends what is running and closes all connections. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    const { agent } = this;
    this.agent = undefined;
    await agent?.destroy();
  }

  /** An error of this service; `cause` is for the log. */
  error(code: ErrorCode, request: JsonHttpRequest, cause?: unknown, retryAfter?: string): CozyError {
    // The path holds ids, the query may hold words: only the former may stand in a log.
    const told = new Error(`${request.method} ${request.path} failed`, { cause });
    return serviceError(this.options.service, code, told, retryAfter);
  }

  private async exchange(request: JsonHttpRequest, signal: AbortSignal): Promise<JsonHttpAnswer> {
    const response = await this.follow(await this.firstHop(request), request.expect === 'any', signal);
    const { statusCode: status, headers } = response;
    const passes = status >= 200 && status < (request.expect === 'any' ? 400 : 300);
    if (!passes) {
      discard(response);
      const code = this.options.codes?.[status] ?? codeOfStatus(status);
      throw this.error(code, request, new StatusError(status), first(headers['retry-after']));
    }
    const cookies = [headers['set-cookie'] ?? []].flat();
    if (request.expect === 'any') {
      discard(response);
      return { status, body: undefined, cookies };
    }
    return { status, body: this.parsed(await this.bytesOf(response, request), request), cookies };
  }

  private async follow(start: Hop, stays: boolean, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    let hop = start;
    for (let redirects = 0; ; redirects++) {
      const response = await this.request(hop, signal);
      const next = stays
        ? undefined
        : redirectedHop(hop, response.statusCode, first(response.headers.location) ?? null);
      // A key must not travel to another host, and what another host says is not the service's answer.
      if (next === undefined || next.url.origin !== hop.url.origin || redirects === MOST_REDIRECTS) return response;
      discard(response);
      hop = next;
    }
  }

  private async request(hop: Hop, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const undici = await this.undici;
    signal.throwIfAborted();
    if (this.closed) throw new Error('The engine is closed.');
    this.agent ??= new undici.Agent({ keepAliveTimeout: IDLE_SOCKET_MS, allowH2: false });
    return undici.request(hop.url, {
      method: hop.method,
      headers: { ...hop.headers },
      body: hop.body ?? null,
      dispatcher: this.agent,
      signal,
    });
  }

  private async firstHop(request: JsonHttpRequest): Promise<Hop> {
    const url = new URL(this.base);
    url.pathname = `${this.base.pathname.replace(/\/+$/, '')}${request.path}`;
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value));
    const { body, contentType } = await encoded(request);
    const headers = {
      ...this.headers,
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...request.headers,
      ...traceHeaders(),
    };
    return { url, method: request.method, headers, body };
  }

  private async bytesOf(response: Dispatcher.ResponseData, request: JsonHttpRequest): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of response.body as AsyncIterable<Buffer>) {
      size += piece.byteLength;
      if (size > (this.options.maxBytes ?? MAX_BYTES)) {
        throw this.error('ENGINE_BAD_RESPONSE', request, new Error('Its answer is too large.'));
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  private parsed(bytes: Buffer, request: JsonHttpRequest): unknown {
    if (bytes.length === 0) return undefined;
    try {
      return JSON.parse(bytes.toString('utf8')) as unknown;
    } catch {
      // What the parser says quotes the answer, which may be somebody's words.
      throw this.error('ENGINE_BAD_RESPONSE', request, new Error('Its answer is no JSON.'));
    }
  }
}

async function encoded({
  json,
  form,
  multipart,
}: JsonHttpRequest): Promise<Partial<Pick<Hop, 'body'>> & { contentType?: string }> {
  if (json !== undefined) return { body: JSON.stringify(json), contentType: 'application/json' };
  if (form !== undefined) {
    return { body: new URLSearchParams(form).toString(), contentType: 'application/x-www-form-urlencoded' };
  }
  if (multipart === undefined) return {};
  const response = new Response(multipart);
  const contentType = response.headers.get('content-type') ?? 'multipart/form-data';
  return { body: new Uint8Array(await response.arrayBuffer()), contentType };
}

/** A user name in an address is sent as a header, as nothing connects with it otherwise. */
function basicAuthorization(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** A body that nobody reads may never end, so its connection goes with it. */
function discard(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => undefined).destroy();
}

const first = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
