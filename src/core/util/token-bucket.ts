/** Lets `perSecond` through a second, and as many at once after a silence. Pure: the clock is the caller's. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly perSecond: number,
    private filledAt: number,
  ) {
    this.tokens = perSecond;
  }

  /** @param now milliseconds. */
  take(now: number): boolean {
    const gained = (Math.max(0, now - this.filledAt) / 1000) * this.perSecond;
    this.tokens = Math.min(this.perSecond, this.tokens + gained);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
