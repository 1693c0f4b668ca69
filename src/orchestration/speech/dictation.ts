import { FRAME_MS, HEARD_RATE, type PcmFrame } from '../../core/domain/audio.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { EventQueue } from '../../core/util/event-queue.js';
import type { SttEngine, SttOptions, Transcript } from '../../engines/speech/stt.port.js';
import type { VadStream } from '../../engines/speech/vad.port.js';
import { Endpointing, type EndpointSettings } from '../voice/hearing/endpointing.js';

export type DictationEvent =
  | { type: 'speech-started' }
  | { type: 'speech-stopped' }
  | { type: 'partial'; index: number; text: string }
  | { type: 'final'; index: number; transcript: Transcript }
  | { type: 'error'; error: CozyError };

const FRAME_SAMPLES = (HEARD_RATE * FRAME_MS) / 1000;
/** Kept before speech begins, so that its first sound is not cut. */
const FRAMES_BEFORE = 300 / FRAME_MS;
/** Of one utterance; a longer one is cut here. */
const MOST_FRAMES = 120_000 / FRAME_MS;
/** Of sound that came faster than it was listened to: ten minutes. */
const MOST_WAITING_FRAMES = 600_000 / FRAME_MS;

const ENDPOINTS: EndpointSettings = {
  isSemantic: false,
  eagerness: 'auto',
  threshold: 0.5,
  prefixMs: 300,
  silenceMs: 600,
  minSpeechMs: 100,
};

interface DictationParts {
  stt: SttEngine;
  options: SttOptions;
  /** Null: only the speaker says when something is finished. */
  vad: VadStream | null;
}

/** Somebody speaks, and reads what was said: sound in, events out. All of it ends with `close`. */
export class Dictation {
  readonly events = new EventQueue<DictationEvent>();
  private readonly controller = new AbortController();
  private readonly endpointing = new Endpointing<PcmFrame>(ENDPOINTS, MOST_FRAMES * FRAME_MS);
  private rest = Buffer.alloc(0);
  private heard: PcmFrame[] = [];
  private index = 0;
  private waiting = 0;
  private listening: Promise<void> = Promise.resolve();
  private transcribing: Promise<void> = Promise.resolve();

  constructor(private readonly parts: DictationParts) {}

  /** Mono PCM16 at 16 kHz, in pieces of any size. */
  append(bytes: Buffer): void {
    const all = Buffer.concat([this.rest, bytes]);
    const size = FRAME_SAMPLES * 2;
    const whole = all.length - (all.length % size);
    this.rest = all.subarray(whole);
    this.waiting += whole / size;
    if (this.waiting > MOST_WAITING_FRAMES)
      throw new CozyError('VALIDATION_BODY_TOO_LARGE', { message: 'Too much sound at once.' });
    for (let at = 0; at < whole; at += size) {
      const samples = new Int16Array(Uint8Array.from(all.subarray(at, at + size)).buffer);
      this.next(() => this.take({ samples, sampleRate: HEARD_RATE }));
    }
  }

  /** What was said so far is finished, whether or not it sounds so. */
  commit(): void {
    this.next(() => this.finishByHand());
  }

  /** Forgets what was said since the last final. */
  clear(): void {
    this.next(() => this.forget());
  }

  /** Resolves when everything that was said has been told. */
  async finish(): Promise<void> {
    this.commit();
    await this.listening;
    await this.transcribing;
  }

  /** Idempotent. */
  close(): void {
    this.controller.abort(new Error('The dictation has ended.'));
    this.parts.vad?.close();
    this.events.end();
  }

  private next(step: () => Promise<void> | void): void {
    this.listening = this.listening.then(step).catch((error: unknown) => this.fail(error));
  }

  private async take(frame: PcmFrame): Promise<void> {
    this.waiting -= 1;
    if (this.controller.signal.aborted) return;
    this.heard.push(frame);
    const { vad } = this.parts;
    const change = vad && (await this.changeOf(frame, vad));
    if (change === 'start') this.events.push({ type: 'speech-started' });
    if (change === 'stop') this.events.push({ type: 'speech-stopped' });
    if (change === 'stop' || this.heard.length >= MOST_FRAMES) this.transcribe();
    // After the first utterance it is known that speech can be told from silence here.
    else if (vad && this.index > 0 && !this.endpointing.isSpeaking) this.heard = this.heard.slice(-FRAMES_BEFORE);
  }

  private async changeOf(frame: PcmFrame, vad: VadStream) {
    return this.endpointing.push(frame, await vad.probability(frame.samples))?.type;
  }

  private finishByHand(): void {
    const isSilence = this.parts.vad !== null && this.index > 0 && !this.endpointing.isSpeaking;
    if (this.heard.length === 0 || isSilence) return;
    if (this.endpointing.isSpeaking) this.events.push({ type: 'speech-stopped' });
    this.transcribe();
  }

  private forget(): void {
    this.heard = [];
    this.endpointing.stop();
    this.parts.vad?.reset();
  }

  /** Utterances are told in order; the next one is listened to meanwhile. */
  private transcribe(): void {
    const frames = this.heard;
    const index = this.index++;
    this.heard = [];
    this.endpointing.stop();
    this.transcribing = this.transcribing
      .then(() => this.tell(frames, index))
      .catch((error: unknown) => this.fail(error));
  }

  private async tell(frames: readonly PcmFrame[], index: number): Promise<void> {
    const { stt, options } = this.parts;
    for await (const event of stt.stream(oneByOne(frames), options, this.controller.signal)) {
      this.events.push({ ...event, index });
    }
  }

  private fail(error: unknown): void {
    if (this.controller.signal.aborted) return;
    const told = error instanceof CozyError ? error : new CozyError('INTERNAL_ERROR', { cause: error });
    this.events.push({ type: 'error', error: told });
  }
}

async function* oneByOne(frames: readonly PcmFrame[]): AsyncIterable<PcmFrame> {
  yield* frames;
}
