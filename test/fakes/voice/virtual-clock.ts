import type { VoiceClock } from '../../../src/orchestration/voice/voice-clock.js';

interface Timer {
  at: number;
  run: () => void;
}

/** Lets everything happen that can without time passing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Time that passes when a test says so. */
export class VirtualClock implements VoiceClock {
  private time = 0;
  private timers: Timer[] = [];

  now(): number {
    return this.time;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.time + milliseconds, run };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((other) => other !== timer));
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.timers.length;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.time + milliseconds;
    await settle();
    for (let next = this.due(until); next; next = this.due(until)) {
      this.time = Math.max(this.time, next.at);
      next.run();
      await settle();
    }
    this.time = until;
  }

  private due(until: number): Timer | undefined {
    const next = this.timers.toSorted((a, b) => a.at - b.at)[0];
    if (!next || next.at > until) return undefined;
    this.timers = this.timers.filter((timer) => timer !== next);
    return next;
  }
}
