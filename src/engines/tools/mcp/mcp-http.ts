import { Agent, fetch as undiciFetch, type RequestInit as UndiciRequestInit } from 'undici';
import { messageLimit, MOST_MESSAGE_BYTES } from './message-limit.js';

const IDLE_SOCKET_MS = 30_000;
/** Statuses whose responses may have no body. */
const BODILESS = new Set([204, 205, 304]);

/**
 * The `fetch` of one HTTP server, on connections of its own that end with it. The SDK follows redirects within the
 * server's origin only; what this adds is a bound on every message, and on the life of every POST: the SDK gives up
 * waiting for an answer without giving up the request.
 */
export class McpHttp {
  private readonly agent: Agent;
  private readonly posts = new Set<() => void>();

  constructor(
    connectTimeoutMs: number,
    private readonly postTimeoutMs: number,
  ) {
    // Answers may take their time, and streams may be silent: every call has a deadline of its own.
    const timeouts = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectTimeoutMs } };
    this.agent = new Agent({ ...timeouts, keepAliveTimeout: IDLE_SOCKET_MS });
  }

  /** What the SDK calls; an arrow function as it is called without `this`. */
  readonly fetch = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const post = init.method === 'POST' ? this.boundedPost(init.signal ?? undefined) : undefined;
    const request = { ...init, dispatcher: this.agent, ...(post && { signal: post.signal }) };
    try {
      // The types of undici and of the platform are the same things under different names.
      const response = await undiciFetch(url, request as unknown as UndiciRequestInit);
      return this.bounded(response, () => post?.end());
    } catch (error) {
      post?.end();
      throw error;
    }
  };

  /** Ends all connections at once. */
  async close(): Promise<void> {
    for (const end of this.posts) end();
    await this.agent.destroy();
  }

  private bounded(response: Response, atEnd: () => void): Response {
    const { status, statusText, headers, body } = response;
    if (body === null || BODILESS.has(status)) {
      atEnd();
      return response;
    }
    const isEventStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const limited = body.pipeThrough(messageLimit(isEventStream, MOST_MESSAGE_BYTES, atEnd));
    return new Response(limited, { status, statusText, headers: [...headers] });
  }

  private boundedPost(outer: AbortSignal | undefined): { signal: AbortSignal; end: () => void } {
    const controller = new AbortController();
    const abort = (): void => controller.abort(outer?.reason);
    const timer = setTimeout(() => {
      end();
      controller.abort();
    }, this.postTimeoutMs);
    timer.unref();
    const end = (): void => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
      this.posts.delete(end);
    };
    this.posts.add(end);
    if (outer?.aborted === true) abort();
    else outer?.addEventListener('abort', abort, { once: true });
    return { signal: controller.signal, end };
  }
}
