import type { Usage } from '../../../core/domain/chat.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { AiEvent } from '../ai.port.js';
import { isRecord } from '../../json-record.js';
import { errorOfBody } from '../../openai/provider-failure.js';
import { failureOfReason, finishReasonOf, usageOf } from './openai-finish.js';
import { ToolCallDeltas } from './openai-tool-deltas.js';

const NOTHING: readonly AiEvent[] = [];
/** Where servers put the words of a reasoning model. They are a sign of life and never part of the answer. */
const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking'];

/**
 * Reads the chunks of one streamed answer, leniently: anything may be missing or null, and what is not understood is
 * passed over. It holds the state of that answer only, and does no I/O.
 */
export class ChunkReader {
  /** True once the model has begun: its first text, call, reasoning or end. A chunk with only a role is not a token. */
  begun = false;
  private readonly calls = new ToolCallDeltas();
  private finishReason: string | undefined;
  private usage: Usage | null = null;
  private model: string | undefined;

  /** @param requestedModel the name to report when the provider says none. */
  constructor(private readonly requestedModel: string) {}

  /** The provider has said why it ended; only token counts can still come. */
  get finished(): boolean {
    return this.finishReason !== undefined;
  }

  /** The events of one chunk. An `error` is the last event of the stream. */
  read(chunk: unknown): readonly AiEvent[] {
    if (!isRecord(chunk)) return [{ type: 'error', error: new CozyError('ENGINE_BAD_RESPONSE', { cause: chunk }) }];
    if (isFailure(chunk['error'])) return [{ type: 'error', error: errorOfBody(chunk['error']) }];
    this.usage = usageOf(chunk['usage']) ?? this.usage;
    if (this.model === undefined && typeof chunk['model'] === 'string' && chunk['model'] !== '') {
      this.model = chunk['model'];
    }
    const choice = firstChoice(chunk['choices']);
    return choice === undefined ? NOTHING : this.readChoice(choice);
  }

  /**
   * The last events, when the provider has ended its stream. Without a finish reason the answer was cut; only whole
   * tool calls followed by `[DONE]` are trusted without one.
   */
  end(sawDone: boolean): readonly AiEvent[] {
    const reason = this.finishReason ?? (sawDone && this.calls.any ? 'tool_calls' : undefined);
    if (reason === undefined) return [{ type: 'error', error: new CozyError('ENGINE_STREAM_CUT') }];
    const failure = failureOfReason(reason);
    if (failure !== undefined) return [{ type: 'error', error: new CozyError(failure, { cause: reason }) }];
    const { usage, model = this.requestedModel } = this;
    const finish: AiEvent = { type: 'finish', reason: finishReasonOf(reason, this.calls.any), usage, model };
    return [...this.calls.complete(), finish];
  }

  private readChoice(choice: Record<string, unknown>): readonly AiEvent[] {
    const reason = choice['finish_reason'];
    if (typeof reason === 'string' && reason !== '') this.finishReason = reason;
    const { delta } = choice;
    const events = isRecord(delta) ? this.readDelta(delta) : NOTHING;
    this.begun ||= events.length > 0 || this.finished || (isRecord(delta) && hasReasoning(delta));
    return events;
  }

  private readDelta(delta: Record<string, unknown>): readonly AiEvent[] {
    const { content, refusal, tool_calls: calls, function_call: legacy } = delta;
    const events: AiEvent[] = [];
    const text = typeof content === 'string' ? content : textOfParts(content);
    if (text !== '') events.push({ type: 'text-delta', text });
    if (typeof refusal === 'string' && refusal !== '') events.push({ type: 'refusal-delta', text: refusal });
    if (Array.isArray(calls)) for (const call of calls) pushIf(events, this.calls.read(call));
    if (legacy !== undefined) pushIf(events, this.calls.readLegacy(legacy));
    return events;
  }
}

/** `n` is 1: a choice with another index is not ours. */
function firstChoice(choices: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(choices)) return undefined;
  return choices.find(
    (choice): choice is Record<string, unknown> => isRecord(choice) && !(Number(choice['index']) > 0),
  );
}

/** Some servers stream content as parts; those of type `text` are the answer, `thinking` is not. */
function textOfParts(content: unknown): string {
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (isRecord(part) && part['type'] === 'text' ? part['text'] : ''))
    .filter((text) => typeof text === 'string')
    .join('');
}

function hasReasoning(delta: Record<string, unknown>): boolean {
  return REASONING_FIELDS.some((field) => delta[field] !== undefined && delta[field] !== null && delta[field] !== '');
}

function isFailure(error: unknown): boolean {
  return error !== undefined && error !== null && error !== false;
}

function pushIf(events: AiEvent[], event: AiEvent | undefined): void {
  if (event !== undefined) events.push(event);
}
