import type { VoiceClock } from './voice-clock.js';

/** Timers by their names, each at most once. */
export class VoiceTimers<Name> {
  private readonly running = new Map<Name, () => void>();

  constructor(
    private readonly clock: VoiceClock,
    private readonly onTime: (name: Name) => void,
  ) {}

  /** Begins anew where it runs already. */
  start(name: Name, milliseconds: number): void {
    this.cancel(name);
    const stop = this.clock.after(milliseconds, () => {
      this.running.delete(name);
      this.onTime(name);
    });
    this.running.set(name, stop);
  }

  cancel(name: Name): void {
    this.running.get(name)?.();
    this.running.delete(name);
  }
}
