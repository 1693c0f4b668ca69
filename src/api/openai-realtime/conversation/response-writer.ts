import type {
  RealtimeResponse,
  RealtimeResponseStatus,
  RealtimeResponseUsage,
} from 'openai/resources/realtime/realtime';
import type { Usage } from '../../../core/domain/chat.js';
import type { CozyError } from '../../../core/errors/cozy.error.js';
import type { VoiceCallPiece, VoiceEvent } from '../../../orchestration/voice/voice-event.js';
import type { Conversation } from './conversation.js';
import { type AssistantItem, type CallItem, type Item, newItemId, newResponseId, type Send } from './server-events.js';

type Done = Extract<VoiceEvent, { type: 'response.done' }>;

/** What a response says of itself from its beginning on. */
export interface ResponseFrame {
  conversationId: string;
  spoken: boolean;
  maxTokens: number | null;
  audio: RealtimeResponse.Audio;
  metadata: Record<string, string> | null;
}

interface Message {
  item: AssistantItem;
  index: number;
  text: string;
  hasSound: boolean;
}

/** What happens in one answer, told in OpenAI's order: a message, spoken or written, and calls of the client's functions. */
export class ResponseWriter {
  readonly id = newResponseId();
  private readonly output: Item[] = [];
  private message: Message | null = null;
  private readonly calls = new Map<number, { item: CallItem; index: number }>();
  private isPlaying = false;
  private error: CozyError | null = null;

  constructor(
    readonly turnId: string,
    private readonly frame: ResponseFrame,
    private readonly conversation: Conversation,
    private readonly send: Send,
  ) {
    send({ type: 'response.created', response: this.body('in_progress', { output: [] }) });
  }

  get messageId(): string | null {
    return this.message?.item.id ?? null;
  }

  /** Whether its sound is being played. */
  get playing(): boolean {
    return this.isPlaying;
  }

  fail(error: CozyError): void {
    this.error = error;
  }

  text(delta: string): void {
    const message = this.openMessage();
    message.text += delta;
    const place = this.placeOf(message);
    if (this.frame.spoken) this.send({ type: 'response.output_audio_transcript.delta', ...place, delta });
    else this.send({ type: 'response.output_text.delta', ...place, delta });
  }

  /** @param delta base64. False where it was not sent. */
  sound(delta: string): boolean {
    const message = this.openMessage();
    message.hasSound = true;
    return this.send({ type: 'response.output_audio.delta', ...this.placeOf(message), delta });
  }

  /** The sound begins to be heard. */
  play(): void {
    if (this.isPlaying || !this.frame.spoken) return;
    this.isPlaying = true;
    this.send({ type: 'output_audio_buffer.started', response_id: this.id });
  }

  call({ index, id, name, argumentsText }: VoiceCallPiece): void {
    const call = this.calls.get(index) ?? this.openCall(index, id ?? newItemId(), name ?? '');
    if (argumentsText === undefined || argumentsText === '') return;
    call.item.arguments += argumentsText;
    const place = { response_id: this.id, item_id: call.item.id, output_index: call.index, call_id: call.item.call_id };
    this.send({ type: 'response.function_call_arguments.delta', ...place, delta: argumentsText });
  }

  /** The calls are whole; returns their ids, which results may name from now on. */
  endCalls(): string[] {
    const calls = [...this.calls.values()];
    for (const { item, index } of calls) {
      item.status = 'completed';
      const place = { response_id: this.id, item_id: item.id, output_index: index };
      const { call_id, name, arguments: text } = item;
      this.send({ type: 'response.function_call_arguments.done', ...place, call_id, name, arguments: text });
      this.endItem(item, index);
    }
    return calls.map(({ item }) => item.call_id);
  }

  finish({ outcome, usage, cutBy, heardText }: Done): void {
    const isWhole = outcome === 'completed' && cutBy === undefined;
    if (this.message) this.endMessage(this.message, isWhole, heardText);
    for (const { item, index } of this.calls.values()) {
      if (item.status === 'completed') continue;
      item.status = 'incomplete';
      this.endItem(item, index);
    }
    const status = statusOf(outcome, cutBy, this.error);
    const { type } = status;
    this.send({
      type: 'response.done',
      response: this.body(type, {
        output: this.output,
        ...(type !== 'completed' && { status_details: status }),
        ...(usage && { usage: usageOf(usage) }),
      }),
    });
    if (!this.isPlaying) return;
    this.isPlaying = false;
    const isStopped = outcome === 'interrupted' || outcome === 'cancelled';
    this.send({
      type: isStopped ? 'output_audio_buffer.cleared' : 'output_audio_buffer.stopped',
      response_id: this.id,
    });
  }

  private openMessage(): Message {
    if (this.message) return this.message;
    const item: AssistantItem = {
      id: newItemId(),
      object: 'realtime.item',
      type: 'message',
      role: 'assistant',
      status: 'in_progress',
      content: [],
    };
    const message = { item, index: this.begin(item), text: '', hasSound: false };
    this.message = message;
    const part = this.frame.spoken ? { type: 'audio' as const, transcript: '' } : { type: 'text' as const, text: '' };
    this.send({ type: 'response.content_part.added', ...this.placeOf(message), part });
    return message;
  }

  private openCall(index: number, callId: string, name: string): { item: CallItem; index: number } {
    const item: CallItem = {
      id: newItemId(),
      object: 'realtime.item',
      type: 'function_call',
      status: 'in_progress',
      call_id: callId,
      name,
      arguments: '',
    };
    const call = { item, index: this.begin(item) };
    this.calls.set(index, call);
    return call;
  }

  private begin(item: Item): number {
    const index = this.output.push(item) - 1;
    this.send({ type: 'response.output_item.added', response_id: this.id, output_index: index, item: { ...item } });
    this.conversation.add(item);
    return index;
  }

  private endMessage(message: Message, isWhole: boolean, heardText: string | undefined): void {
    const { item, index, hasSound } = message;
    const text = heardText ?? message.text;
    const place = this.placeOf(message);
    item.status = isWhole ? 'completed' : 'incomplete';
    if (this.frame.spoken) {
      item.content = [{ type: 'output_audio', transcript: text }];
      if (hasSound) this.send({ type: 'response.output_audio.done', ...place });
      this.send({ type: 'response.output_audio_transcript.done', ...place, transcript: text });
      this.send({ type: 'response.content_part.done', ...place, part: { type: 'audio', transcript: text } });
    } else {
      item.content = [{ type: 'output_text', text }];
      this.send({ type: 'response.output_text.done', ...place, text });
      this.send({ type: 'response.content_part.done', ...place, part: { type: 'text', text } });
    }
    this.endItem(item, index);
  }

  private endItem(item: Item, index: number): void {
    this.send({ type: 'response.output_item.done', response_id: this.id, output_index: index, item });
    this.conversation.done(item);
  }

  private placeOf({ item, index }: Message) {
    return { response_id: this.id, item_id: item.id, output_index: index, content_index: 0 };
  }

  private body(status: NonNullable<RealtimeResponse['status']>, rest: Partial<RealtimeResponse>): RealtimeResponse {
    const { conversationId, spoken, maxTokens, audio, metadata } = this.frame;
    return {
      object: 'realtime.response',
      id: this.id,
      conversation_id: conversationId,
      status,
      output_modalities: [spoken ? 'audio' : 'text'],
      max_output_tokens: maxTokens ?? 'inf',
      audio,
      metadata,
      ...rest,
    };
  }
}

type Status = RealtimeResponseStatus & { type: NonNullable<RealtimeResponseStatus['type']> };

const STATUS: Record<Exclude<Done['outcome'], 'failed'>, Status> = {
  completed: { type: 'completed' },
  interrupted: { type: 'cancelled', reason: 'turn_detected' },
  cancelled: { type: 'cancelled', reason: 'client_cancelled' },
};

function statusOf(outcome: Done['outcome'], cutBy: Done['cutBy'], error: CozyError | null): Status {
  if (outcome === 'failed') {
    const { type, code } = error ? { type: error.row.type, code: error.code } : UNKNOWN;
    return { type: 'failed', error: { type, code } };
  }
  if (outcome !== 'completed' || !cutBy) return STATUS[outcome];
  return { type: 'incomplete', reason: cutBy === 'length' ? 'max_output_tokens' : 'content_filter' };
}

const UNKNOWN = { type: 'api_error', code: 'INTERNAL_ERROR' };

/** The model reads and writes text: what it hears and says is not counted in tokens here. */
function usageOf({ promptTokens, completionTokens }: Usage): RealtimeResponseUsage {
  return {
    total_tokens: promptTokens + completionTokens,
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    input_token_details: { text_tokens: promptTokens, audio_tokens: 0, cached_tokens: 0 },
    output_token_details: { text_tokens: completionTokens, audio_tokens: 0 },
  };
}
