import { FRAME_MS } from '../../../core/domain/audio.js';

/** Calls do their work at different moments of a frame, so that no single moment is long. */
const PHASES = 4;
const PHASE_MS = FRAME_MS / PHASES;

/** One timer for the frames of all calls: each listener is told every 20 ms. It runs only while somebody listens. */
export class FrameClock {
  private readonly phases = Array.from({ length: PHASES }, () => new Set<() => void>());
  private timer: NodeJS.Timeout | undefined;
  private phase = 0;
  /** When the next phase is. */
  private dueAt = 0;

  /** Milliseconds, monotonic. */
  readonly now = (): number => performance.now();

  /** Listeners must not throw. Returns how to stop. */
  every20ms(listener: () => void): () => void {
    const emptiest = this.phases.reduce((least, phase) => (phase.size < least.size ? phase : least));
    emptiest.add(listener);
    if (!this.timer) this.start();
    return () => {
      emptiest.delete(listener);
      if (this.phases.every((phase) => phase.size === 0)) this.stop();
    };
  }

  private start(): void {
    this.dueAt = this.now() + PHASE_MS;
    this.timer = setInterval(() => this.tick(), PHASE_MS);
  }

  /** In a process that is busy the timer comes late, and once for several times: each phase has its turn all the same. */
  private tick(): void {
    const now = this.now();
    this.dueAt = Math.max(this.dueAt, now - FRAME_MS + PHASE_MS);
    for (; this.dueAt <= now; this.dueAt += PHASE_MS) this.tellPhase();
  }

  private tellPhase(): void {
    this.phase = (this.phase + 1) % PHASES;
    for (const listener of this.phases[this.phase] ?? []) listener();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
