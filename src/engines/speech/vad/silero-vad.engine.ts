import type { Logger } from '../../../core/logging/logger.js';
import { ENGINE_API_VERSION } from '../../engine-health.js';
import { VadEngine, type VadStream } from '../vad.port.js';
import { CONTEXT, newState, SileroModel, WINDOW } from './silero-model.js';
import { WebRtcEar } from './webrtc-ear.js';

/** Frames for which the model goes on listening after the last sound: speech fades, and its end must be its own word. */
const FRAMES_AFTER_SOUND = 20;
/** Windows before the first sound that the model is shown, so that it hears how a word begins. */
const WINDOWS_BEFORE_SOUND = 3;

/**
 * Silero's model, which tells speech from noise. It runs only where something sounds: WebRTC's detector, at its least
 * strict, listens first.
 */
export class SileroVadEngine extends VadEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  private model: Promise<SileroModel | undefined> | undefined;
  private works = true;

  constructor(private readonly logger: Logger) {
    super();
  }

  /** `webrtc` once it has been found that the model does not run on this machine. */
  get provider(): string {
    return this.works ? 'silero' : 'webrtc';
  }

  override open(): VadStream {
    this.model ??= SileroModel.load().catch((error: unknown) => {
      this.works = false;
      this.logger.warn('Silero does not run on this machine; WebRTC detects speech instead', {}, error);
      return undefined;
    });
    return new SileroVadStream(this.model);
  }

  override async close(): Promise<void> {
    const model = await this.model;
    await model?.close();
  }
}

class SileroVadStream implements VadStream {
  private readonly ear = WebRtcEar.open(0);
  private readonly samples = new Float32Array(CONTEXT + WINDOW);
  private state = newState();
  /** Heard, and not yet shown to the model. */
  private waiting: Int16Array = new Int16Array(0);
  private framesLeft = 0;
  private latest = 0;
  private turn: Promise<number> = Promise.resolve(0);
  private closed = false;

  constructor(private readonly model: Promise<SileroModel | undefined>) {}

  probability(frame: Int16Array): Promise<number> {
    this.turn = this.turn.then(
      () => this.next(frame),
      () => this.next(frame),
    );
    return this.turn;
  }

  reset(): void {
    this.forget();
    this.waiting = new Int16Array(0);
    this.framesLeft = 0;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    const free = async () => (await this.ear).close();
    void this.turn.then(free, free);
  }

  private async next(frame: Int16Array): Promise<number> {
    const [ear, model] = await Promise.all([this.ear, this.model]);
    if (this.closed) return 0;
    const sounds = ear.hears(frame);
    if (model === undefined) return sounds ? 1 : 0;
    this.waiting = joined(this.waiting, frame);
    if (sounds) this.framesLeft = FRAMES_AFTER_SOUND;
    else if (this.framesLeft > 0) this.framesLeft -= 1;
    if (this.framesLeft === 0) this.rest();
    else await this.listen(model);
    return this.latest;
  }

  private rest(): void {
    this.forget();
    this.waiting = this.waiting.slice(-WINDOWS_BEFORE_SOUND * WINDOW);
  }

  private async listen(model: SileroModel): Promise<void> {
    while (this.waiting.length >= WINDOW) {
      this.samples.copyWithin(0, WINDOW);
      for (let at = 0; at < WINDOW; at++) this.samples[CONTEXT + at] = (this.waiting[at] ?? 0) / 32_768;
      this.waiting = this.waiting.subarray(WINDOW);
      this.latest = await model.step(this.samples, this.state);
    }
  }

  private forget(): void {
    this.state = newState();
    this.samples.fill(0);
    this.latest = 0;
  }
}

function joined(before: Int16Array, after: Int16Array): Int16Array {
  const both = new Int16Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}
