/** Lets `perSecond` through a second, and `most` at once after a silence. Pure: the clock is the caller's. */
export class TokenBucket {
  private tokens: number;

  constructor(
    readonly perSecond: number,
    private filledAt: number,
    private readonly most = perSecond,
  ) {
    this.tokens = most;
  }

  /** How many may pass at once now. */
  left(now: number): number {
    this.fill(now);
    return Math.floor(this.tokens);
  }

  /** @param now milliseconds. */
  take(now: number, amount = 1): boolean {
    this.fill(now);
    if (this.tokens < amount) return false;
    this.tokens -= amount;
    return true;
  }

  private fill(now: number): void {
    const gained = (Math.max(0, now - this.filledAt) / 1000) * this.perSecond;
    this.tokens = Math.min(this.most, this.tokens + gained);
    this.filledAt = now;
  }
}
