/**
 * Watches a stream for silence with one timer: a deadline for its first token, then a limit for every pause after it.
 * Time in which the consumer is busy does not count. Nothing is allocated per chunk.
 */
export class StreamWatchdog {
  private begun = false;
  private consuming = false;
  private timer: NodeJS.Timeout;

  constructor(
    firstTokenTimeoutMs: number,
    private readonly idleTimeoutMs: number,
    private readonly onSilence: () => void,
  ) {
    this.timer = setTimeout(() => this.fire(), firstTokenTimeoutMs);
  }

  /** The consumer takes over: it may be as slow as it likes. */
  handOver(): void {
    this.consuming = true;
  }

  /** The provider has said something, and is waited for again from now on. */
  heard(): void {
    this.consuming = false;
    if (this.begun) {
      this.timer.refresh();
      return;
    }
    this.begun = true;
    this.endWithin(this.idleTimeoutMs);
  }

  /** Gives the provider this long and no more. */
  endWithin(ms: number): void {
    this.consuming = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fire(), ms);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private fire(): void {
    // `heard` refreshes the timer, which starts it again although it has fired.
    if (!this.consuming) this.onSilence();
  }
}
