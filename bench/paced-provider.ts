import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addTo, type AnswerPlan, now, piece, planOf } from './plan.js';

/** A provider that streams each answer as its question says (`plan.ts`), in a process of its own. */

const BASE = { id: 'chatcmpl-paced', object: 'chat.completion', created: 1_767_225_600, model: 'paced' };
const AT_ONCE: AnswerPlan = { chunks: 1, firstMs: 0, gapMs: 0, bytes: 0 };
const USAGE = { prompt_tokens: 12, completion_tokens: 20, total_tokens: 32 };

const frame = (data: object) => `data: ${JSON.stringify({ ...BASE, object: 'chat.completion.chunk', ...data })}\n\n`;
const delta = (content: string) => frame({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });

function readOrGone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}

async function stream(response: ServerResponse, plan: AnswerPlan, askedAt: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sum = 0;
  for (let at = 0; at < plan.chunks && !response.destroyed; at += 1) {
    const wait = askedAt + plan.firstMs + at * plan.gapMs - now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const sentAt = now();
    const text = piece(at, sentAt, sentAt - askedAt, sum, plan.bytes);
    sum = addTo(sum, text);
    // As a real one, it stops where nobody reads.
    if (!response.write(delta(text))) await readOrGone(response);
  }
  response.write(frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  response.end(`${frame({ choices: [], usage: USAGE })}data: [DONE]\n\n`);
}

/** Background work asks for data, and finds that there is nothing. */
const NOTHING_FOUND = `${delta('{"items":[]}')}${frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}data: [DONE]\n\n`;

interface Asked {
  response_format?: unknown;
  stream?: boolean;
  messages?: { content?: unknown }[];
  input?: unknown;
}

function embeddings(input: unknown): object {
  const inputs = Array.isArray(input) ? input : [input];
  const embedding = Array.from({ length: 8 }, () => Math.SQRT1_2 / 2);
  const data = inputs.map((_one, index) => ({ object: 'embedding', index, embedding }));
  return { object: 'list', data, model: 'paced', usage: { prompt_tokens: 1, total_tokens: 1 } };
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}') as Asked;
  const askedAt = now();
  if (body.response_format) {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(NOTHING_FOUND);
    return;
  }
  if (body.stream) return stream(response, planOf(String(body.messages?.at(-1)?.content)) ?? AT_ONCE, askedAt);
  const message = { role: 'assistant', content: 'A walk' };
  const answer = request.url?.endsWith('/embeddings')
    ? embeddings(body.input)
    : { ...BASE, choices: [{ index: 0, message, finish_reason: 'stop' }], usage: USAGE };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

const server = createServer((request, response) => {
  handle(request, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 4096, () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1\n`);
});
process.on('SIGTERM', () => process.exit(0));
