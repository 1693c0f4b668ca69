import { SPOKEN_RATE } from '../../../core/domain/audio.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { EventQueue } from '../../../core/util/event-queue.js';
import type { CallAudio } from '../../../engines/media/call-audio.port.js';
import { PcmSamples } from './pcm-samples.js';
import { type Sentence, SentenceSplitter } from './sentence-splitter.js';
import { SpokenAlignment } from './spoken-alignment.js';

/** A sentence has no more sound than this: a provider that does not end is cut off. */
const MOST_SAMPLES = 90 * SPOKEN_RATE;

/** Says a text; null where answers are not spoken. */
export type Voice = ((text: string, signal: AbortSignal) => AsyncIterable<Uint8Array>) | null;

export interface SpeechSetup {
  turnId: string;
  audio: Pick<CallAudio, 'play' | 'finish'>;
  voice: Voice;
  signal: AbortSignal;
  onFirstByte: () => void;
  onFirstSound: () => void;
  /** Told once; the text goes on without sound. */
  onFailure: (error: CozyError) => void;
}

/** A sentence's sound while it is made. */
interface Sound {
  pieces: EventQueue<Int16Array>;
  end: () => void;
  grow: (milliseconds: number) => void;
}

/**
 * The voice of one turn: text in, sound out. The next sentence is made while one plays, and no more than that. When
 * its signal aborts, all of it stops.
 */
export class SpeechPipeline {
  private readonly splitter = new SentenceSplitter();
  private readonly alignment = new SpokenAlignment();
  private readonly sentences = new EventQueue<Sentence>();
  private readonly spoken: Promise<void>;
  private isMute: boolean;
  private hasByte = false;
  private hasSound = false;
  private text = '';

  constructor(private readonly setup: SpeechSetup) {
    this.isMute = setup.voice === null;
    setup.signal.addEventListener('abort', () => this.sentences.end(), { once: true });
    this.spoken = this.speakAll();
    // Whoever waits for the end is told; a turn that is stopped has nobody who waits.
    this.spoken.catch(() => undefined);
  }

  /** Whether there is text so far, and no space after it. */
  get endsOpen(): boolean {
    return /\S$/u.test(this.text);
  }

  push(text: string): void {
    this.text += text;
    for (const sentence of this.splitter.push(text)) this.sentences.push(sentence);
  }

  /** Nothing more comes but `last`, which is no part of the answer. Resolves when everything has left. */
  async finish(last: string | null): Promise<void> {
    const { audio, turnId, signal } = this.setup;
    for (const sentence of this.splitter.end()) this.sentences.push(sentence);
    if (last !== null) this.sentences.push({ source: '', spoken: last });
    this.sentences.end();
    await this.spoken;
    signal.throwIfAborted();
    if (this.hasSound) await audio.finish(turnId, signal);
  }

  /** What of the answer was heard, or read where it is not spoken. */
  heardText(playedMs: number): string {
    return this.setup.voice === null ? this.text : this.alignment.heardText(playedMs);
  }

  private async speakAll(): Promise<void> {
    let playing: Promise<void> = Promise.resolve();
    for await (const sentence of this.sentences) {
      const sound = this.make(sentence);
      await playing;
      playing = this.play(sound);
      // Awaited with the next sentence, which is made meanwhile.
      playing.catch(() => undefined);
    }
    await playing;
  }

  private make({ source, spoken }: Sentence): Sound {
    const pieces = new EventQueue<Int16Array>();
    const sound = { pieces, ...this.alignment.add({ source, spoken }) };
    if (this.isMute || spoken === '') pieces.end();
    else void this.generate(spoken, pieces);
    return sound;
  }

  private async generate(text: string, pieces: EventQueue<Int16Array>): Promise<void> {
    const { voice, signal, onFailure } = this.setup;
    try {
      if (voice) await this.fill(voice(text, signal), pieces);
    } catch (thrown) {
      if (!signal.aborted && !this.isMute) {
        this.isMute = true;
        onFailure(thrown instanceof CozyError ? thrown : new CozyError('INTERNAL_ERROR', { cause: thrown }));
      }
    } finally {
      pieces.end();
    }
  }

  private async fill(bytes: AsyncIterable<Uint8Array>, pieces: EventQueue<Int16Array>): Promise<void> {
    const samples = new PcmSamples();
    let made = 0;
    for await (const piece of bytes) {
      if (!this.hasByte) this.setup.onFirstByte();
      this.hasByte = true;
      const taken = samples.take(piece);
      if (taken.length > 0) pieces.push(taken);
      made += taken.length;
      if (made >= MOST_SAMPLES) return;
    }
  }

  private async play({ pieces, grow, end }: Sound): Promise<void> {
    const { audio, turnId, signal, onFirstSound } = this.setup;
    for await (const samples of pieces) {
      signal.throwIfAborted();
      if (!this.hasSound) onFirstSound();
      this.hasSound = true;
      grow((samples.length / SPOKEN_RATE) * 1000);
      await audio.play(turnId, samples, signal);
    }
    end();
  }
}
