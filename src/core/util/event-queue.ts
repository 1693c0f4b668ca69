/** Hands what is pushed to one reader, in order; the reader's loop ends after `end()`. Unbounded: bound what you push. */
export class EventQueue<Item> implements AsyncIterable<Item> {
  private readonly items: Item[] = [];
  private ended = false;
  private wake: (() => void) | undefined;

  push(item: Item): void {
    if (!this.ended) this.items.push(item);
    this.wake?.();
  }

  /** What was pushed before is still read. */
  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Item> {
    for (;;) {
      yield* this.items.splice(0);
      if (this.items.length > 0) continue;
      if (this.ended) return;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
