import type { Usage } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { runInRequest } from '../../core/logging/request-context.js';
import type { CallAudio } from '../../engines/media/call-audio.port.js';
import type { ChatCommand } from '../chat/chat-command.js';
import type { ChatEvent } from '../chat/chat-event.js';
import type { ChatService } from '../chat/chat.service.js';
import { SpeechPipeline, type Voice } from './speaking/speech-pipeline.js';
import type { TurnEvent } from './turns/turn-event.js';
import type { TurnTimings } from './turns/turn-timings.js';
import type { VoiceClock } from './voice-clock.js';

export interface VoiceTurnSetup {
  turnId: string;
  chat: Pick<ChatService, 'run'>;
  audio: CallAudio;
  voice: Voice;
  clock: VoiceClock;
  timings: TurnTimings;
  dispatch: (event: TurnEvent) => void;
  onFault: (error: unknown) => void;
}

/**
 * @property metadata kept with the turn's messages.
 * @property isLearned whether memory and profile may learn from it.
 * @property unasked nobody has said anything.
 */
export type VoiceCommand = Omit<ChatCommand, 'spoken'> & {
  metadata: Record<string, unknown>;
  isLearned: boolean;
  unasked: boolean;
};

/** One turn while it runs: the model, its voice and what waits to be heard, under one signal. */
export class VoiceTurn {
  readonly turnId: string;
  /** Null until the model has finished. */
  usage: Usage | null = null;
  /** Why the model ended before it was done, where it did. */
  cutBy: 'length' | 'content_filter' | undefined;
  /** Resolves when the answer is stored; never rejects. */
  recorded: Promise<void> = Promise.resolve();
  /** As which turn it is stored; undefined until it is accepted. */
  storedTurn: string | undefined;
  private readonly abort = new AbortController();
  private readonly pipeline: SpeechPipeline;
  /** How many characters of the answer arrived. */
  private readonly delivered: Promise<number>;
  private deliver: (characters: number) => void = () => undefined;
  private hasCalls = false;

  constructor(private readonly setup: VoiceTurnSetup) {
    const { turnId, audio, voice, clock, timings, dispatch } = setup;
    this.turnId = turnId;
    this.delivered = new Promise((resolve) => (this.deliver = resolve));
    this.pipeline = new SpeechPipeline({
      turnId,
      audio,
      voice,
      signal: this.abort.signal,
      onFirstByte: () => timings.note('tts_first_byte', clock.now()),
      onFirstSound: () => {
        timings.note('first_audio_out', clock.now());
        dispatch({ type: 'sound-started', turnId });
      },
      onFailure: (error) => dispatch({ type: 'sound-failed', turnId, error }),
    });
  }

  /** @param after when the turn before is stored, so that this one knows of it. */
  begin(command: VoiceCommand, after: Promise<void>): void {
    const context = { request_id: command.requestId, user_id: command.principal.userId };
    this.recorded = runInRequest(context, () => this.run(command, after));
  }

  /** Nothing more is said but `last`. */
  finishSpeech(last: string | null): void {
    if (last !== null) {
      // The model may have broken off in the middle of a word.
      const text = this.pipeline.endsOpen ? ` ${last}` : last;
      this.setup.dispatch({ type: 'text-came', turnId: this.turnId, text });
    }
    void this.playOut(last);
  }

  /** Stops at once: first what is heard, then the rest. Returns what was heard, at most `heardMs` of it. */
  stop(heardMs = Infinity): string {
    const playedMs = this.setup.audio.flush(this.turnId);
    const heard = this.pipeline.heardText(Math.min(playedMs, heardMs));
    this.deliver(heard.length);
    this.abort.abort(new DOMException('The turn was stopped.', 'AbortError'));
    return heard;
  }

  private async run({ metadata, isLearned, unasked, ...command }: VoiceCommand, after: Promise<void>): Promise<void> {
    const { chat, dispatch } = this.setup;
    const { turnId } = this;
    let failure: CozyError | undefined;
    await after;
    try {
      const spoken = { metadata, isLearned, unasked, delivered: (error?: CozyError) => this.ended(error) };
      // Also where it was stopped meanwhile: what the user said is to be stored.
      for await (const event of chat.run({ ...command, spoken }, this.abort.signal)) {
        if (event.type === 'error') failure = event.error;
        else this.take(event);
      }
    } catch (thrown) {
      failure = this.faultOf(thrown);
      if (failure) dispatch({ type: 'text-ended', turnId, error: failure });
    }
    dispatch({ type: 'recorded', turnId, error: failure });
  }

  private take(event: Exclude<ChatEvent, { type: 'error' }>): void {
    const { dispatch, timings, clock } = this.setup;
    const { turnId } = this;
    switch (event.type) {
      case 'text-delta':
      case 'refusal-delta':
        timings.note('llm_first_token', clock.now());
        dispatch({ type: 'text-came', turnId, text: event.text });
        return this.pipeline.push(event.text);
      case 'tool-activity': {
        const { callId, name, status } = event;
        return dispatch({ type: 'tool-moved', turnId, callId, name, status });
      }
      case 'approval-required': {
        const { id: callId, tool: name } = event.approval;
        return dispatch({ type: 'tool-moved', turnId, callId, name, status: 'waiting' });
      }
      case 'finish':
        this.usage = event.usage;
        if (event.reason === 'length' || event.reason === 'content_filter') this.cutBy = event.reason;
        return;
      case 'tool-call-delta': {
        this.hasCalls = true;
        const { type: _type, ...call } = event;
        return dispatch({ type: 'call-came', turnId, call });
      }
      case 'start':
        this.storedTurn = event.turnId;
        return;
    }
  }

  /** The model has ended: the answer is stored once it was heard. */
  private ended(error: CozyError | undefined): Promise<number> {
    const { turnId } = this;
    if (this.hasCalls && !error) this.setup.dispatch({ type: 'calls-ended', turnId });
    this.setup.dispatch({ type: 'text-ended', turnId, error });
    return this.delivered;
  }

  private async playOut(last: string | null): Promise<void> {
    const { turnId } = this;
    try {
      await this.pipeline.finish(last);
    } catch (thrown) {
      if (this.abort.signal.aborted) return;
      this.setup.onFault(thrown);
    }
    this.deliver(Number.MAX_SAFE_INTEGER);
    this.setup.timings.note('done', this.setup.clock.now());
    this.setup.dispatch({ type: 'played-out', turnId });
  }

  /** Undefined where the turn was stopped. */
  private faultOf(thrown: unknown): CozyError | undefined {
    if (thrown instanceof CozyError) return thrown;
    if (this.abort.signal.aborted) return undefined;
    this.setup.onFault(thrown);
    return new CozyError('INTERNAL_ERROR', { cause: thrown });
  }
}
