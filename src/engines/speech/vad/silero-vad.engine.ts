import type { Logger } from '../../../core/logging/logger.js';
import { ENGINE_API_VERSION } from '../../engine-health.js';
import { VadEngine, type VadStream } from '../vad.port.js';
import { CONTEXT, newState, SileroModel, WINDOW } from './silero-model.js';
import { WaitingSamples } from './waiting-samples.js';
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

interface Parts {
  ear: WebRtcEar;
  /** Undefined where it does not run on this machine. */
  model: SileroModel | undefined;
}

class SileroVadStream implements VadStream {
  private readonly samples = new Float32Array(CONTEXT + WINDOW);
  private state = newState();
  /** Heard, and not yet shown to the model. */
  private readonly waiting = new WaitingSamples();
  private framesLeft = 0;
  /** Whether the model has been shown nothing yet. */
  private isFresh = true;
  private latest = 0;
  private readonly loading: Promise<Parts>;
  private parts: Parts | undefined;
  /** Settles when all frames so far are answered. */
  private turn: Promise<unknown>;
  private unanswered = 0;
  private closed = false;

  constructor(model: Promise<SileroModel | undefined>) {
    this.loading = this.load(model);
    this.turn = this.loading.catch(() => undefined);
  }

  probability(frame: Int16Array): Promise<number> | number {
    const answer =
      this.parts && this.unanswered === 0
        ? this.next(this.parts, frame)
        : this.turn.then(async () => this.next(await this.loading, frame));
    return typeof answer === 'number' ? answer : this.inTurn(answer);
  }

  reset(): void {
    this.forget();
    this.waiting.keepLast(0);
    this.framesLeft = 0;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    void this.turn.then(() => this.parts?.ear.close());
  }

  private async load(model: Promise<SileroModel | undefined>): Promise<Parts> {
    const ear = await WebRtcEar.open(0);
    return (this.parts = { ear, model: await model });
  }

  private inTurn(answer: Promise<number>): Promise<number> {
    this.unanswered += 1;
    const onAnswer = () => void (this.unanswered -= 1);
    this.turn = answer.then(onAnswer, onAnswer);
    return answer;
  }

  private next({ ear, model }: Parts, frame: Int16Array): Promise<number> | number {
    if (this.closed) return 0;
    const sounds = ear.hears(frame);
    if (model === undefined) return sounds ? 1 : 0;
    this.waiting.push(frame);
    if (sounds) this.framesLeft = FRAMES_AFTER_SOUND;
    else if (this.framesLeft > 0) this.framesLeft -= 1;
    if (this.framesLeft > 0) return this.waiting.length < WINDOW ? this.latest : this.listen(model);
    this.forget();
    this.waiting.keepLast(WINDOWS_BEFORE_SOUND * WINDOW);
    return this.latest;
  }

  private async listen(model: SileroModel): Promise<number> {
    while (this.waiting.length >= WINDOW) {
      this.samples.copyWithin(0, WINDOW);
      const window = this.waiting.take(WINDOW);
      for (let at = 0; at < WINDOW; at++) this.samples[CONTEXT + at] = (window[at] ?? 0) / 32_768;
      this.isFresh = false;
      this.latest = await model.step(this.samples, this.state);
    }
    return this.latest;
  }

  private forget(): void {
    if (this.isFresh) return;
    this.isFresh = true;
    // A new one: a step that is under way still writes to the old.
    this.state = newState();
    this.samples.fill(0);
    this.latest = 0;
  }
}
