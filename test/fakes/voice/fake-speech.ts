import { type PcmFrame, SPOKEN_RATE } from '../../../src/core/domain/audio.js';
import type { CozyError } from '../../../src/core/errors/cozy.error.js';
import { SttEngine, type SttEvent, type SttOptions, type Transcript } from '../../../src/engines/speech/stt.port.js';
import { type SpeechRequest, TtsEngine } from '../../../src/engines/speech/tts.port.js';
import { VadEngine, type VadStream } from '../../../src/engines/speech/vad.port.js';
import type { VirtualClock } from './virtual-clock.js';

/** What is heard of one utterance. */
export interface ScriptedWords {
  text?: string;
  /** Told once so many milliseconds have been heard. */
  partials?: { afterMs: number; text: string }[];
  /** From the end of the utterance to its words. */
  delayMs?: number;
  error?: CozyError;
}

const READY = { status: 'up' as const };

const sleep = (clock: VirtualClock, milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    signal.throwIfAborted();
    const cancel = clock.after(milliseconds, resolve);
    signal.addEventListener('abort', () => (cancel(), reject(signal.reason)), { once: true });
  });

/** Hears what a script says was said, in the order of the utterances. */
export class FakeStt extends SttEngine {
  readonly apiVersion = 1;
  readonly provider = 'fake';
  /** Milliseconds of each utterance, in the order in which they ended. */
  readonly heardMs: number[] = [];
  open = 0;
  private readonly script: ScriptedWords[] = [];

  constructor(private readonly clock: VirtualClock) {
    super();
  }

  next(...words: ScriptedWords[]): void {
    this.script.push(...words);
  }

  override async transcribe(): Promise<Transcript> {
    return transcriptOf('');
  }

  override async *stream(
    speech: AsyncIterable<PcmFrame>,
    _options: SttOptions,
    signal: AbortSignal,
  ): AsyncGenerator<SttEvent> {
    const words = this.script.shift() ?? {};
    this.open += 1;
    try {
      yield* this.hear(speech, words.partials ?? [], signal);
      if (words.delayMs) await sleep(this.clock, words.delayMs, signal);
      if (words.error) throw words.error;
      yield { type: 'final', transcript: transcriptOf(words.text ?? '') };
    } finally {
      this.open -= 1;
    }
  }

  private async *hear(
    speech: AsyncIterable<PcmFrame>,
    partials: readonly { afterMs: number; text: string }[],
    signal: AbortSignal,
  ): AsyncGenerator<SttEvent> {
    const waiting = [...partials];
    let heardMs = 0;
    for await (const { samples, sampleRate } of speech) {
      signal.throwIfAborted();
      heardMs += (samples.length / sampleRate) * 1000;
      if (waiting[0] && waiting[0].afterMs <= heardMs) yield { type: 'partial', text: waiting.shift()?.text ?? '' };
    }
    this.heardMs.push(heardMs);
  }

  override async health() {
    return READY;
  }

  override async close(): Promise<void> {}
}

const transcriptOf = (text: string): Transcript => ({ text, language: null, durationSeconds: null, segments: [] });

/** Says everything at 50 ms a character, in pieces of 100 ms and an odd byte. */
export class FakeTts extends TtsEngine {
  readonly apiVersion = 1;
  readonly provider = 'fake';
  readonly said: string[] = [];
  /** How many voices are at work, now and at most. */
  open = 0;
  mostOpen = 0;
  firstByteMs = 0;
  private readonly faults: { error: CozyError; afterMs: number }[] = [];

  constructor(private readonly clock: VirtualClock) {
    super();
  }

  /** The next sentence breaks off. */
  failNext(error: CozyError, afterMs = 0): void {
    this.faults.push({ error, afterMs });
  }

  override async *speak({ text }: SpeechRequest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const fault = this.faults.shift();
    this.said.push(text);
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    try {
      if (this.firstByteMs > 0) await sleep(this.clock, this.firstByteMs, signal);
      const bytes = new Uint8Array(bytesOf(fault ? fault.afterMs : text.length * 50));
      for (let at = 0; at < bytes.length; at += PIECE) {
        signal.throwIfAborted();
        yield bytes.subarray(at, at + PIECE);
      }
      if (fault) throw fault.error;
    } finally {
      this.open -= 1;
    }
  }

  override async health() {
    return READY;
  }

  override async close(): Promise<void> {}
}

const bytesOf = (milliseconds: number) => ((milliseconds * SPOKEN_RATE) / 1000) * 2;
const PIECE = bytesOf(100) + 1;

/** Takes what is not silent for speech. */
export class FakeVad extends VadEngine {
  readonly apiVersion = 1;
  readonly provider = 'fake';
  streams = 0;
  error: Error | undefined;

  override open(): VadStream {
    this.streams += 1;
    return {
      probability: async (samples) => {
        if (this.error) throw this.error;
        return samples[0] === 0 ? 0.01 : 0.95;
      },
      reset: () => undefined,
      close: () => (this.streams -= 1),
    };
  }

  override async close(): Promise<void> {}
}
