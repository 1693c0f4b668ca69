import { CozyError } from '../../../core/errors/cozy.error.js';
import type { AiEvent } from '../ai.port.js';
import { isRecord } from '../../json-record.js';
import { ChunkReader } from './openai-chunks.js';
import { ProtocolError } from '../../openai/provider-failure.js';
import { SseDecoder, type SseMessage } from '../../openai/sse-decoder.js';

/** Turns the text of one streamed answer into events: server-sent events, JSON, chunks. No I/O. */
export class CompletionReader {
  /** The provider has accepted the request: failures from now on are cuts. */
  opened = false;
  /** How many chunks were read; comments, which servers send to keep the line open, are none. */
  chunks = 0;
  /** The provider has sent `[DONE]`. */
  done = false;
  private readonly decoder = new SseDecoder();
  private readonly reader: ChunkReader;
  private sawText = false;

  constructor(requestedModel: string) {
    this.reader = new ChunkReader(requestedModel);
  }

  /** The model has begun to answer. */
  get begun(): boolean {
    return this.reader.begun;
  }

  /** The answer is whole: whatever happens to the connection now does not matter. */
  get settled(): boolean {
    return this.done || this.reader.finished;
  }

  /** An `error` is the last event. */
  push(text: string): readonly AiEvent[] {
    this.sawText = true;
    try {
      return this.readAll(this.decoder.push(text));
    } catch (cause) {
      return [badResponse(cause)];
    }
  }

  /** The events that the end of the stream brings. */
  end(): readonly AiEvent[] {
    const last = this.readAll(this.decoder.flush());
    if (last.at(-1)?.type === 'error') return last;
    if (this.sawText && this.chunks === 0) return [badResponse(new ProtocolError('The answer holds no chunk.'))];
    return [...last, ...this.reader.end(this.done)];
  }

  private readAll(messages: readonly SseMessage[]): readonly AiEvent[] {
    const [only] = messages;
    // One chunk a packet is the usual case while a model talks.
    if (only !== undefined && messages.length === 1) return this.readMessage(only);
    const events: AiEvent[] = [];
    for (const message of messages) {
      events.push(...this.readMessage(message));
      if (events.at(-1)?.type === 'error') break;
    }
    return events;
  }

  private readMessage({ event, data }: SseMessage): readonly AiEvent[] {
    if (data.startsWith('[DONE]')) this.done = true;
    if (this.done || data === '') return [];
    this.chunks++;
    const chunk = parse(data);
    if (chunk instanceof SyntaxError) return [badResponse(chunk)];
    return this.reader.read(event === 'error' ? asFailure(chunk) : chunk);
  }
}

/** Not thrown: what was read before the broken chunk in the same packet is still delivered. */
function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    return error;
  }
}

function asFailure(data: unknown): unknown {
  return isRecord(data) && 'error' in data ? data : { error: data ?? true };
}

function badResponse(cause: unknown): AiEvent {
  return { type: 'error', error: new CozyError('ENGINE_BAD_RESPONSE', { cause }) };
}
