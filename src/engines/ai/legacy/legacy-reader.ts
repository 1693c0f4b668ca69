import { CozyError } from '../../../core/errors/cozy.error.js';
import type { AiEvent } from '../ai.port.js';
import { ChunkReader } from '../openai/openai-chunks.js';
import { CompletionReader } from '../openai/openai-completion.js';
import { isRecord } from '../../json-record.js';
import type { LegacyStanding } from './legacy-upstreams.port.js';

/** Longer JSON is no answer to a chat. */
const MOST_JSON_CHARACTERS = 8_000_000;

/** Reads an earlier server's answer, an event stream or JSON, as a model's. No I/O; an `error` is the last event. */
export class LegacyReader {
  private readonly decoder = new TextDecoder();
  private readonly stream: CompletionReader | undefined;
  private json = '';
  private error: CozyError | undefined;
  private isWhole = false;
  private hasBegun = false;

  constructor(
    contentType: string,
    private readonly requestedModel: string,
  ) {
    if (/^text\/event-stream/i.test(contentType)) this.stream = new CompletionReader(requestedModel);
  }

  /** How the answer stands, by what was read of it. */
  get standing(): LegacyStanding {
    const isWhole = this.error === undefined && (this.isWhole || this.stream?.settled === true);
    return { error: this.error, isWhole, hasBegun: this.hasBegun };
  }

  push(bytes: Uint8Array): readonly AiEvent[] {
    if (this.error) return [];
    const text = this.decoder.decode(bytes, { stream: true });
    if (this.stream) return text === '' ? [] : this.note(this.stream.push(text));
    this.json += text;
    return this.json.length > MOST_JSON_CHARACTERS ? this.note([badResponse(undefined)]) : [];
  }

  end(): readonly AiEvent[] {
    if (this.error) return [];
    const events = this.stream ? this.stream.end() : eventsOfText(this.json, this.requestedModel);
    this.isWhole = true;
    return this.note(events);
  }

  private note(events: readonly AiEvent[]): readonly AiEvent[] {
    const last = events.at(-1);
    if (last?.type === 'error') this.error = last.error;
    this.hasBegun ||= this.stream !== undefined && events.some(({ type }) => type !== 'finish' && type !== 'error');
    return events;
  }
}

function eventsOfText(json: string, requestedModel: string): readonly AiEvent[] {
  try {
    return eventsOf(JSON.parse(json), requestedModel);
  } catch (cause) {
    return [badResponse(cause)];
  }
}

/** A whole completion is read as the one chunk that says it all. */
function eventsOf(completion: unknown, requestedModel: string): readonly AiEvent[] {
  const reader = new ChunkReader(requestedModel);
  const events = reader.read(isRecord(completion) ? asChunk(completion) : completion);
  if (events.at(-1)?.type === 'error') return events;
  return reader.begun ? [...events, ...reader.end(true)] : [badResponse(completion)];
}

function asChunk(completion: Record<string, unknown>): Record<string, unknown> {
  const choices: unknown[] = Array.isArray(completion['choices']) ? completion['choices'] : [];
  return { ...completion, choices: choices.map((choice) => (isRecord(choice) ? asDelta(choice) : choice)) };
}

function asDelta({ message, ...choice }: Record<string, unknown>): Record<string, unknown> {
  const said = isRecord(message) ? message : {};
  const calls: unknown[] = Array.isArray(said['tool_calls']) ? said['tool_calls'] : [];
  return {
    finish_reason: 'stop',
    ...choice,
    delta: { ...said, tool_calls: calls.map((call, index) => (isRecord(call) ? { ...call, index } : call)) },
  };
}

const badResponse = (cause: unknown): AiEvent => ({
  type: 'error',
  error: new CozyError('ENGINE_BAD_RESPONSE', { cause }),
});
