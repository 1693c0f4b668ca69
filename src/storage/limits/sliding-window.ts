/** The times at which something was allowed lately. Pure: the clock is the caller's. */
export class SlidingWindow {
  private times: number[] = [];

  take(limit: number, windowMs: number, now: number): { allowed: boolean; remaining: number; retryAfterMs: number } {
    this.times = this.times.filter((time) => time > now - windowMs);
    const used = this.times.length;
    if (used < limit) {
      this.times.push(now);
      return { allowed: true, remaining: limit - used - 1, retryAfterMs: 0 };
    }
    return { allowed: false, remaining: 0, retryAfterMs: (this.times[0] ?? now) + windowMs - now };
  }
}
