/**
 * Where the time of a turn goes. What is not spent on waiting for the model, engines, tools or a caller who reads slowly
 * is the gateway's own. Milliseconds.
 */
export class TurnClock {
  private readonly startedAt: number;
  private leftAt: number | undefined;
  private away = 0;
  private begunAt: number | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.startedAt = now();
  }

  /** From here on somebody else is at work. */
  leave(): void {
    this.leftAt ??= this.now();
  }

  /** From here on it is our turn again. Without a `leave` before, nothing happens. */
  back(): void {
    if (this.leftAt === undefined) return;
    this.away += this.now() - this.leftAt;
    this.leftAt = undefined;
  }

  /** The model has begun to answer; returns how long that took. */
  begun(): number {
    this.begunAt ??= this.now();
    return this.begunAt - this.startedAt;
  }

  /** Until the model began to answer; undefined where it did not. */
  get firstToken(): number | undefined {
    return this.begunAt === undefined ? undefined : this.begunAt - this.startedAt;
  }

  /** Waits for somebody else. */
  async elsewhere<T>(work: Promise<T>): Promise<T> {
    this.leave();
    try {
      return await work;
    } finally {
      this.back();
    }
  }

  /** Since the turn began. */
  get elapsed(): number {
    return this.now() - this.startedAt;
  }

  /** Of that, the gateway's own. */
  get own(): number {
    const now = this.now();
    return now - this.startedAt - this.away - (this.leftAt === undefined ? 0 : now - this.leftAt);
  }
}
