/** How a window stands for one who asks. */
export interface WindowState {
  used: number;
  /** Milliseconds until the oldest place is free again; the whole window where nothing is taken. */
  freesInMs: number;
}

/** The times at which something was allowed lately, oldest first. Pure: the clock is the caller's. */
export class SlidingWindow {
  private times: number[] = [];
  private first = 0;

  state(windowMs: number, now: number): WindowState {
    while (this.first < this.times.length && (this.times[this.first] ?? 0) <= now - windowMs) this.first += 1;
    // What has left is let go of in large pieces: shifting one by one would cost as much as the window is long.
    if (this.first * 2 > this.times.length) {
      this.times = this.times.slice(this.first);
      this.first = 0;
    }
    const oldest = this.times[this.first];
    return { used: this.times.length - this.first, freesInMs: (oldest ?? now) + windowMs - now };
  }

  add(now: number): void {
    this.times.push(now);
  }
}
