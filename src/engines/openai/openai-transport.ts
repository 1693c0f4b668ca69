import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { traceHeaders } from '../../core/tracing/tracing.js';

/** Long enough to be worth it, shorter than the load balancers that close an idle connection under the next request. */
const IDLE_SOCKET_MS = 30_000;
/** The headers that the SDK or the engine read; copying all of them costs more than the rest of the answer. */
const KEPT_HEADERS = ['content-type', 'retry-after', 'retry-after-ms', 'x-should-retry', 'x-request-id'] as const;

type FetchInput = string | URL | Request;

/**
 * A `fetch` for the OpenAI SDK on Node's own HTTP client, with a pool of kept-alive connections that belongs to one
 * engine. Measured against the global fetch it spends a third of the CPU on a streamed answer, and its pool can be
 * closed. It follows no redirects: a provider's key must not travel to another host.
 */
export class OpenAiTransport {
  private readonly httpAgent = new HttpAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS });
  private readonly httpsAgent = new HttpsAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS });
  private readonly bodies = new WeakMap<Response, IncomingMessage>();

  /** What the SDK calls; an arrow function as it is called without `this`. */
  readonly fetch = async (input: FetchInput, init: RequestInit = {}): Promise<Response> => {
    const message = await this.send(new URL(input instanceof Request ? input.url : input), init);
    return isStream(message) ? this.streaming(message) : buffered(message);
  };

  /** The text of a streamed answer as it arrives; undefined when the whole answer is in the response itself. */
  bodyOf(response: Response): AsyncIterable<string> | undefined {
    return this.bodies.get(response)?.setEncoding('utf8') as AsyncIterable<string> | undefined;
  }

  /** As `bodyOf`, for what is no text. */
  bytesOf(response: Response): AsyncIterable<Uint8Array> | undefined {
    return this.bodies.get(response) as AsyncIterable<Uint8Array> | undefined;
  }

  /** Closes all connections. */
  close(): void {
    this.httpAgent.destroy();
    this.httpsAgent.destroy();
  }

  private async send(url: URL, init: RequestInit): Promise<IncomingMessage> {
    const body = await sentBody(init.body);
    try {
      return await this.sendOnce(url, init, body);
    } catch (error) {
      // The server closed a kept-alive connection just as the request left on it: it has not been read.
      if (!isStaleSocket(error)) throw error;
      return this.sendOnce(url, init, body);
    }
  }

  private sendOnce(url: URL, init: RequestInit, { bytes: body, type }: SentBody): Promise<IncomingMessage> {
    const isTls = url.protocol === 'https:';
    const headers = {
      ...headerRecord(init.headers),
      ...(type !== undefined && { 'content-type': type }),
      ...(body !== undefined && { 'content-length': body.length }),
      ...traceHeaders(),
    };
    const options = {
      method: init.method ?? 'GET',
      headers,
      agent: isTls ? this.httpsAgent : this.httpAgent,
      ...(init.signal && { signal: init.signal }),
    };
    return new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(url, options, resolve);
      request.on('error', (error: NodeJS.ErrnoException) => {
        reject(request.reusedSocket ? Object.assign(error, { reusedSocket: true }) : error);
      });
      request.end(body);
    });
  }

  private streaming(message: IncomingMessage): Response {
    const response = new Response(null, { status: statusOf(message), headers: keptHeaders(message) });
    this.bodies.set(response, message);
    return response;
  }
}

/** Anything that succeeded and is neither JSON nor a page: some servers stream under no or a wrong content type. */
function isStream(message: IncomingMessage): boolean {
  const status = statusOf(message);
  return status >= 200 && status < 300 && !/json|html/i.test(message.headers['content-type'] ?? '');
}

async function buffered(message: IncomingMessage): Promise<Response> {
  const pieces: Buffer[] = await message.toArray();
  const body = pieces.length === 0 ? null : Buffer.concat(pieces);
  return new Response(body, { status: statusOf(message), headers: keptHeaders(message) });
}

/** `Response` refuses statuses below 200, which an HTTP client hands out for a protocol switch only. */
function statusOf(message: IncomingMessage): number {
  const status = message.statusCode ?? 502;
  return status < 200 || status > 599 ? 502 : status;
}

function keptHeaders(message: IncomingMessage): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = message.headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}

function headerRecord(headers: RequestInit['headers']): Record<string, string> {
  return Object.fromEntries(new Headers(headers));
}

interface SentBody {
  bytes?: Buffer;
  /** Where the body has a type of its own: the boundary of a form is made with its bytes. */
  type?: string;
}

/** The SDK sends JSON as text and uploads as forms. */
async function sentBody(body: RequestInit['body']): Promise<SentBody> {
  if (body === undefined || body === null) return {};
  if (typeof body === 'string') return { bytes: Buffer.from(body) };
  if (!(body instanceof FormData)) throw new TypeError('OpenAiTransport sends texts and forms only.');
  const form = new Response(body);
  const type = form.headers.get('content-type');
  return { bytes: Buffer.from(await form.arrayBuffer()), ...(type !== null && { type }) };
}

function isStaleSocket(error: unknown): boolean {
  if (!(error instanceof Error) || !('reusedSocket' in error) || !('code' in error)) return false;
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
