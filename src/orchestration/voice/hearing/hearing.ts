import type { PcmFrame } from '../../../core/domain/audio.js';
import type { SpeechEngines } from '../../../engines/speech/speech-engines.port.js';
import type { SttOptions } from '../../../engines/speech/stt.port.js';
import type { TurnEvent } from '../turns/turn-event.js';
import type { VoiceClock } from '../voice-clock.js';
import type { TurnDetection } from '../voice-settings.js';
import { Ears, type HeardUtterance } from './ears.js';
import { Transcriber } from './transcriber.js';

export interface HearingSetup {
  speech: Pick<SpeechEngines, 'stt' | 'vad'>;
  clock: VoiceClock;
  detection: TurnDetection;
  maxUtteranceMs: number;
  dispatch: (event: TurnEvent) => void;
  onFault: (message: string, error: unknown) => void;
}

/** Longer than this no call that has ended waits for its last words. */
const LAST_WORDS_MS = 5000;

const WHOLE_SENTENCE = /[\p{Sentence_Terminal}…]["'”’»)\]」』]*\s*$/u;

/** From the sound of a call to the events of what is said in it. */
export class Hearing {
  private readonly ears: Ears;
  private readonly transcriber: Transcriber;
  /** The utterance that has just begun, for as long as it is decided what to do about it. */
  private begun: HeardUtterance | null = null;
  /** What was still being looked for when the call ended, by its utterance. */
  private lastWords: Map<string, string> | null = null;

  constructor(private readonly setup: HearingSetup) {
    const { speech, clock, detection, maxUtteranceMs, dispatch, onFault } = setup;
    this.ears = new Ears({
      vad: speech.vad,
      clock,
      detection,
      maxUtteranceMs,
      onStart: (utterance) => this.onStart(utterance),
      onStop: (utteranceId, endedAt, soundMs) => {
        this.transcriber.expect(utteranceId);
        dispatch({ type: 'speech-stopped', utteranceId, endedAt, soundMs });
      },
      onKept: () => dispatch({ type: 'sound-kept' }),
      onFailure: (error) => onFault('A call cannot tell speech from silence', error),
    });
    this.transcriber = new Transcriber({
      stt: speech.stt,
      clock,
      onPartial: (utteranceId, text) => {
        this.ears.noteWhole(utteranceId, WHOLE_SENTENCE.test(text));
        dispatch({ type: 'transcript-partial', utteranceId, text });
      },
      onFinal: (utteranceId, text) => {
        this.lastWords?.set(utteranceId, text);
        dispatch({ type: 'transcript-final', utteranceId, text, at: clock.now() });
      },
      onFailure: (utteranceId, error) => dispatch({ type: 'transcript-failed', utteranceId, error }),
    });
  }

  listen(heard: AsyncIterable<PcmFrame>): void {
    this.ears.listen(heard).catch((error: unknown) => {
      this.setup.onFault('A call can hear no more', error);
      this.setup.dispatch({ type: 'call-ended', reason: 'failed' });
    });
  }

  /** An utterance that has just begun is to be put into words. */
  transcribe(utteranceId: string, options: SttOptions): void {
    if (this.begun?.utteranceId === utteranceId) this.transcriber.begin(utteranceId, this.begun.speech, options);
  }

  drop(utteranceId: string): void {
    this.transcriber.drop(utteranceId);
  }

  change(detection: TurnDetection): void {
    this.ears.change(detection);
  }

  /** False where nothing was said. */
  commit(speakerId?: string): boolean {
    return this.ears.commit(speakerId);
  }

  clear(speakerId?: string): void {
    this.ears.clear(speakerId);
  }

  /** Somebody has left the call. */
  leave(speakerId: string): void {
    this.ears.leave(speakerId);
  }

  pause(): void {
    this.ears.pause();
  }

  /** Nothing is heard any more. Resolves to the words of what had been, by utterance, as far as they come in time. */
  async finish(): Promise<ReadonlyMap<string, string>> {
    const words = (this.lastWords ??= new Map<string, string>());
    this.ears.close();
    const stopTimer = this.setup.clock.after(LAST_WORDS_MS, () => this.transcriber.close());
    await this.transcriber.settled();
    stopTimer();
    return words;
  }

  private onStart(utterance: HeardUtterance): void {
    const { utteranceId, speakerId, soundMs } = utterance;
    this.begun = utterance;
    this.setup.dispatch({ type: 'speech-started', utteranceId, speakerId, soundMs });
    this.begun = null;
  }
}
