import type { CozyError } from '../../../core/errors/cozy.error.js';
import { countTokens } from '../../../core/util/token-estimate.js';
import type { VoiceEvent } from '../../../orchestration/voice/voice-event.js';
import type { Conversation } from './conversation.js';
import { newItemId, type Send, type UserItem } from './server-events.js';

/** OpenAI's own rate, for those who reckon with it. */
const TOKENS_PER_SECOND = 10;

type Of<Type extends VoiceEvent['type']> = Extract<VoiceEvent, { type: Type }>;

interface Utterance {
  item: UserItem;
  startMs: number;
  endMs: number;
  isCommitted: boolean;
  /** The words so far, and how much of them the client was told. */
  partial: string;
  told: string;
}

export interface UserSpeechSetup {
  conversation: Conversation;
  send: Send;
  /** Whether the client is told when somebody begins and stops speaking: not where it says so itself. */
  tellsSpeech: () => boolean;
  /** Whether the client is told what was said. */
  tellsWords: () => boolean;
  /** It is known what was said, and it will be answered. */
  onWords: (itemId: string, text: string) => void;
}

/** What the user says, from the first sound to the words, told in OpenAI's order. */
export class UserSpeech {
  private readonly utterances = new Map<string, Utterance>();
  /** Where the sound that was heard so far ends. */
  heardMs = 0;

  constructor(private readonly setup: UserSpeechSetup) {}

  /** Somebody is speaking now. */
  get isOngoing(): boolean {
    return [...this.utterances.values()].some(({ isCommitted }) => !isCommitted);
  }

  started({ utteranceId, soundMs = this.heardMs }: Of<'speech.started'>): void {
    const item = emptyItem();
    const startMs = Math.round(soundMs);
    this.utterances.set(utteranceId, { item, startMs, endMs: startMs, isCommitted: false, partial: '', told: '' });
    if (!this.setup.tellsSpeech()) return;
    this.setup.send({ type: 'input_audio_buffer.speech_started', item_id: item.id, audio_start_ms: startMs });
  }

  stopped({ utteranceId, soundMs = this.heardMs }: Of<'speech.stopped'>): void {
    const utterance = this.utterances.get(utteranceId);
    if (!utterance || utterance.isCommitted) return;
    utterance.endMs = Math.max(utterance.startMs, Math.round(soundMs));
    this.heardMs = utterance.endMs;
    const { item, endMs } = utterance;
    if (this.setup.tellsSpeech()) {
      this.setup.send({ type: 'input_audio_buffer.speech_stopped', item_id: item.id, audio_end_ms: endMs });
    }
    this.commit(item);
    utterance.isCommitted = true;
    this.tellWords(utterance, utterance.partial);
  }

  /** Nobody has said anything for so long, and an item says so. */
  silent(milliseconds: number): void {
    const item = emptyItem();
    const place = { item_id: item.id, audio_start_ms: this.heardMs, audio_end_ms: this.heardMs + milliseconds };
    this.setup.send({ type: 'input_audio_buffer.timeout_triggered', ...place });
    this.commit(item);
  }

  partial({ utteranceId, text }: Of<'transcript.partial'>): void {
    const utterance = this.utterances.get(utteranceId);
    if (!utterance) return;
    utterance.partial = text;
    if (utterance.isCommitted) this.tellWords(utterance, text);
  }

  final({ utteranceId, text }: Of<'transcript.final'>): void {
    const utterance = this.utterances.get(utteranceId);
    if (!utterance) return;
    this.utterances.delete(utteranceId);
    const { item, startMs, endMs } = utterance;
    item.content = [{ type: 'input_audio', transcript: text }];
    if (text !== '') this.setup.onWords(item.id, text);
    if (!this.setup.tellsWords()) return;
    this.tellWords(utterance, text);
    const heard = Math.ceil(((endMs - startMs) / 1000) * TOKENS_PER_SECOND);
    const written = countTokens(text);
    this.setup.send({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: item.id,
      content_index: 0,
      transcript: text,
      usage: {
        type: 'tokens',
        total_tokens: heard + written,
        input_tokens: heard,
        input_token_details: { text_tokens: 0, audio_tokens: heard },
        output_tokens: written,
      },
    });
  }

  /** False where nothing is known of the utterance, or nobody wants to know. */
  failed(utteranceId: string, { code, message, row }: CozyError): boolean {
    const utterance = this.utterances.get(utteranceId);
    this.utterances.delete(utteranceId);
    if (!utterance || !this.setup.tellsWords()) return false;
    this.setup.send({
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: utterance.item.id,
      content_index: 0,
      error: { type: row.type, code, message },
    });
    return true;
  }

  private commit(item: UserItem): void {
    const { conversation, send } = this.setup;
    send({ type: 'input_audio_buffer.committed', item_id: item.id, previous_item_id: conversation.lastId });
    conversation.add(item);
    conversation.done(item);
  }

  /** What was told cannot be taken back: where the words have changed, the whole text in the end says so. */
  private tellWords(utterance: Utterance, text: string): void {
    const { item, told } = utterance;
    if (!this.setup.tellsWords() || text === told || !text.startsWith(told)) return;
    utterance.told = text;
    const delta = text.slice(told.length);
    const place = { item_id: item.id, content_index: 0 };
    this.setup.send({ type: 'conversation.item.input_audio_transcription.delta', ...place, delta });
  }
}

/** Until the words are known; that there are none yet is an empty text, as not every client takes null. */
const emptyItem = (): UserItem => ({
  id: newItemId(),
  object: 'realtime.item',
  type: 'message',
  role: 'user',
  status: 'completed',
  content: [{ type: 'input_audio', transcript: '' }],
});
