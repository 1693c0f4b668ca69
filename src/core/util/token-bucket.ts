/** Lets `perSecond` through a second, and `most` at once after a silence. Pure: the clock is the caller's. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly perSecond: number,
    private filledAt: number,
    private readonly most = perSecond,
  ) {
    this.tokens = most;
  }

  /** @param now milliseconds. */
  take(now: number, amount = 1): boolean {
    const gained = (Math.max(0, now - this.filledAt) / 1000) * this.perSecond;
    this.tokens = Math.min(this.most, this.tokens + gained);
    this.filledAt = now;
    if (this.tokens < amount) return false;
    this.tokens -= amount;
    return true;
  }
}
