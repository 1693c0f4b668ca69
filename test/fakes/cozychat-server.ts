import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What the server got, as it came. */
export interface LegacyRequest {
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** How a request is answered: pieces of an event stream one by one, JSON, an error, or nothing at all. */
export type LegacyScript =
  | { pieces: readonly string[]; end?: 'clean' | 'cut' | 'hang' }
  | { json: object }
  | { status: number; headers?: Record<string, string>; text: string }
  | { silent: true };

/** Words that must never reach a caller. */
export const LEGACY_SECRET = 'traceback of the old server';

export interface LegacyServer {
  /** Of its chat route. */
  url: string;
  requests: LegacyRequest[];
  answer: LegacyScript;
  /** Lets the next piece of a stream go; streams wait for it only while `stepping` is true. */
  stepping: boolean;
  step(): void;
  /** How many callers left before the end. */
  left: number;
  close(): Promise<void>;
}

/** The pieces of an answer as CozyChat's server streams them. Frames are cut in the middle on purpose. */
export const LEGACY_PIECES = [
  'data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Old "}',
  ',"finish_reason":null}]}\n\ndata: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"你',
  '好"},"finish_reason":null}]}\n\n: a comment of its own\n\n',
  'data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
];

/** A CozyChat server, as far as a canary needs one: its chat route over real HTTP and SSE. */
export async function startLegacyServer(): Promise<LegacyServer> {
  let waiting: (() => void)[] = [];
  const fake = {
    url: '',
    requests: [] as LegacyRequest[],
    answer: { pieces: LEGACY_PIECES } as LegacyScript,
    stepping: false,
    left: 0,
    step: () => {
      for (const go of waiting.splice(0)) go();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  const stepped = () => new Promise<void>((resolve) => waiting.push(resolve));
  const server = createServer((request, response) => {
    void answer(fake, request, response, stepped);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address === 'object' && address !== null)
    fake.url = `http://127.0.0.1:${address.port}/v1/chat/completions`;
  return fake;
}

async function answer(
  fake: LegacyServer,
  request: IncomingMessage,
  response: ServerResponse,
  stepped: () => Promise<void>,
): Promise<void> {
  const bytes = Buffer.concat((await request.toArray()) as Buffer[]);
  fake.requests.push({ headers: request.headers, body: JSON.parse(bytes.toString()) as Record<string, unknown> });
  response.once('close', () => (fake.left += response.writableFinished ? 0 : 1));
  const script = fake.answer;
  if ('silent' in script) return;
  if ('json' in script) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(script.json));
  } else if ('status' in script) {
    response.writeHead(script.status, { 'content-type': 'text/plain', ...script.headers }).end(script.text);
  } else {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const piece of script.pieces) {
      if (fake.stepping) await stepped();
      response.write(piece);
      await new Promise(setImmediate);
    }
    if (script.end === 'cut') response.destroy();
    else if (script.end !== 'hang') response.end();
  }
}
