import { ApiError, errorFromBody } from './api-error.js';
import type { AnswerMetadata, Usage } from './api-types.js';
import { readSse } from './sse.js';

export type ChatPart =
  | { type: 'delta'; text: string }
  | { type: 'finish'; reason: string }
  | { type: 'usage'; usage: Usage | null; metadata: AnswerMetadata | null }
  | { type: 'error'; error: ApiError }
  | { type: 'done' };

interface Chunk {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: Usage | null;
  metadata?: AnswerMetadata | null;
  error?: unknown;
}

function readJson(data: string): Chunk {
  try {
    const chunk: Chunk | null = JSON.parse(data);
    return chunk ?? {};
  } catch {
    throw new ApiError('The server sent something this page cannot read.', 'CLIENT_BAD_CHUNK');
  }
}

function choiceParts({ choices }: Chunk): ChatPart[] {
  const choice = choices?.[0];
  const parts: ChatPart[] = [];
  if (choice?.delta?.content) parts.push({ type: 'delta', text: choice.delta.content });
  if (choice?.finish_reason) parts.push({ type: 'finish', reason: choice.finish_reason });
  return parts;
}

function usageParts({ usage, metadata }: Chunk): ChatPart[] {
  return usage || metadata ? [{ type: 'usage', usage: usage ?? null, metadata: metadata ?? null }] : [];
}

/** One event's data as the parts it holds: a chunk may carry text, an end and the usage all at once. */
export function toParts(data: string, requestId: string | null = null): ChatPart[] {
  if (data.trim() === '[DONE]') return [{ type: 'done' }];
  const chunk = readJson(data);
  if (chunk.error) return [{ type: 'error', error: errorFromBody(chunk, 0, requestId) }];
  return [...choiceParts(chunk), ...usageParts(chunk)];
}

async function* partsOf(body: ReadableStream<Uint8Array>, requestId: string | null): AsyncGenerator<ChatPart> {
  for await (const data of readSse(body)) yield* toParts(data, requestId);
}

/** The parts of a streaming answer. One that stops without `[DONE]` was cut off, and that is an error. */
export async function* chatParts(response: Response): AsyncGenerator<ChatPart> {
  const requestId = response.headers.get('x-request-id');
  for await (const part of response.body ? partsOf(response.body, requestId) : []) {
    yield part;
    if (part.type === 'done') return;
  }
  throw new ApiError('The connection closed before the answer was complete.', 'CLIENT_STREAM_CUT', 0, requestId);
}
