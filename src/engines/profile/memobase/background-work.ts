/** Users that wait for nothing but a slow service; one more than this is left to the service's own schedule. */
const MOST_AT_ONCE = 200;

/**
 * Work that nobody waits for: one at a time for each key. What is asked for while it runs is done once more after it,
 * however often it was asked for.
 */
export class BackgroundWork {
  private readonly running = new Map<string, { again: boolean }>();
  private closed = false;

  constructor(
    private readonly work: (key: string) => Promise<void>,
    private readonly onError: (error: unknown) => void = () => undefined,
  ) {}

  start(key: string): void {
    const state = this.running.get(key);
    if (state !== undefined) state.again = true;
    else if (!this.closed && this.running.size < MOST_AT_ONCE) void this.run(key);
  }

  close(): void {
    this.closed = true;
  }

  private async run(key: string): Promise<void> {
    const state = { again: true };
    this.running.set(key, state);
    while (state.again && !this.closed) {
      state.again = false;
      try {
        await this.work(key);
      } catch (error) {
        if (!this.closed) this.onError(error);
      }
    }
    this.running.delete(key);
  }
}
