import { FRAME_MS } from '../../../core/domain/audio.js';

/** Calls do their work at different moments of a frame, so that no single moment is long. */
const PHASES = 4;

/** One timer for the frames of all calls: each listener is told every 20 ms. It runs only while somebody listens. */
export class FrameClock {
  private readonly phases = Array.from({ length: PHASES }, () => new Set<() => void>());
  private timer: NodeJS.Timeout | undefined;
  private phase = 0;

  /** Milliseconds, monotonic. */
  readonly now = (): number => performance.now();

  /** Listeners must not throw. Returns how to stop. */
  every20ms(listener: () => void): () => void {
    const emptiest = this.phases.reduce((least, phase) => (phase.size < least.size ? phase : least));
    emptiest.add(listener);
    this.timer ??= setInterval(() => this.tick(), FRAME_MS / PHASES);
    return () => {
      emptiest.delete(listener);
      if (this.phases.every((phase) => phase.size === 0)) this.stop();
    };
  }

  private tick(): void {
    this.phase = (this.phase + 1) % PHASES;
    for (const listener of this.phases[this.phase] ?? []) listener();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
