import { once } from 'node:events';
import type { Response } from 'express';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Routed } from '../../orchestration/canary/legacy-chat.service.js';
import { asCozyError } from '../errors/error-body.js';
import { EVENT_STREAM_HEADERS } from '../http/event-stream.js';
import { NOT_REPLAYABLE } from '../idempotency/idempotency.interceptor.js';
import { ChunkWriter, errorChunk } from './chunks.js';
import { completionHead } from './completion.js';

type Relayed = Extract<Routed, { answer: unknown }>;

/** Which variants answered; the body is the upstream's own, and says nothing of it. */
const CANARY_HEADER = 'X-Canary';

/**
 * Hands on an upstream's answer byte by byte, as it comes. What fails before the first byte is thrown; later an event
 * stream ends with an error chunk, and anything else is cut, as it must not look whole.
 */
export async function relay(
  { answer, notes }: Relayed,
  response: Response,
  requestId: string,
  onOpen: (delta: 1 | -1) => void,
): Promise<void> {
  const isStream = answer.contentType.startsWith('text/event-stream');
  if (isStream) {
    onOpen(1);
    response.once('close', () => onOpen(-1));
  }
  response.locals[NOT_REPLAYABLE] = true;
  response.setHeader(CANARY_HEADER, notes.map(({ feature, variant }) => `${feature}=${variant}`).join(', '));
  try {
    await pass(answer.bytes, response, isStream ? EVENT_STREAM_HEADERS : { 'Content-Type': answer.contentType });
  } catch (thrown) {
    endBroken(thrown, response, isStream, requestId);
    return;
  }
  if (response.destroyed) return;
  if (!response.headersSent) throw new CozyError('ENGINE_BAD_RESPONSE');
  // An answer that tells of a failure is handed on, and asked for anew the next time.
  response.locals[NOT_REPLAYABLE] = !answer.standing().isWhole;
  response.end();
}

async function pass(bytes: AsyncIterable<Uint8Array>, response: Response, headers: object): Promise<void> {
  for await (const piece of bytes) {
    if (response.destroyed) return;
    if (!response.headersSent) response.status(200).set(headers);
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
}

function endBroken(thrown: unknown, response: Response, isStream: boolean, requestId: string): void {
  if (response.destroyed) return;
  if (!response.headersSent) throw thrown;
  if (isStream) response.end(`\n\n${errorChunk(asCozyError(thrown), requestId)}`);
  else response.destroy();
}

/** For the CozyChat web app, which shows text only: a failure before the first byte, told as an answer. */
export function answerFailure(error: CozyError, response: Response, requestId: string): void {
  const writer = new ChunkWriter(completionHead(requestId, 'legacy'), false);
  response.locals[NOT_REPLAYABLE] = true;
  response
    .status(200)
    .set(EVENT_STREAM_HEADERS)
    .end(writer.role() + writer.finishWithText(error.message));
}
