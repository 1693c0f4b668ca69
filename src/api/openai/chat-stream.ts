import { CozyError } from '../../core/errors/cozy.error.js';
import type { ChatEvent } from '../../orchestration/chat/chat-event.js';
import type { EventStream } from '../http/event-stream.js';
import { ChunkWriter, errorChunk } from './chunks.js';
import { completionHead } from './completion.js';

export interface StreamOptions {
  requestId: string;
  includeUsage: boolean;
  /** The CozyChat web app shows text only: once its turn is accepted, a failure is told as an answer. */
  errorsAsText: boolean;
  /** Called before the last bytes of a whole answer. */
  onFinish: () => void;
}

/** One chunk for one event; nothing for those that clients of the protocol do not see. */
function chunkOf(writer: ChunkWriter, event: ChatEvent): string {
  switch (event.type) {
    case 'text-delta':
      return writer.text(event.text);
    case 'refusal-delta':
      return writer.refusal(event.text);
    case 'tool-call-delta':
      return writer.toolCall(event);
    case 'approval-required':
      return writer.approval(event.approval);
    case 'start':
    case 'tool-activity':
    case 'finish':
    case 'error':
      return '';
  }
}

/**
 * Writes a turn as OpenAI's chunks. What fails before the first byte is thrown, so that it becomes an HTTP status;
 * later failures travel in the stream.
 */
export async function streamCompletion(
  events: AsyncIterable<ChatEvent>,
  stream: EventStream,
  options: StreamOptions,
): Promise<void> {
  let writer: ChunkWriter | undefined;
  let opening = '';
  for await (const event of events) {
    if (event.type === 'start') {
      writer = new ChunkWriter(completionHead(event.turnId, event.model), options.includeUsage);
      opening = writer.role();
    } else if (writer) {
      if (event.type === 'error') return fail(event.error, stream, options, { writer, opening });
      if (event.type === 'finish') {
        options.onFinish();
        return stream.end(opening + writer.finish(event));
      }
      const chunk = chunkOf(writer, event);
      if (chunk === '') continue;
      await stream.write(opening + chunk);
      opening = '';
    }
  }
  if (stream.isOpen) fail(new CozyError('INTERNAL_SHUTTING_DOWN'), stream, options);
}

function fail(
  error: CozyError,
  stream: EventStream,
  options: StreamOptions,
  asText?: { writer: ChunkWriter; opening: string },
): void {
  if (asText && options.errorsAsText) {
    const apart = asText.opening === '' ? '\n\n' : '';
    stream.end(asText.opening + asText.writer.finishWithText(apart + error.message));
    return;
  }
  if (!stream.isStarted) throw error;
  stream.end(errorChunk(error, options.requestId));
}
