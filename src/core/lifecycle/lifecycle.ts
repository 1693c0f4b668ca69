import { newId } from '../util/ids.js';

/** Whether the process is taking work. Readiness turns false first, so that no new work is sent here. */
export class Lifecycle {
  /** Of this process, from its start to its end. */
  readonly instanceId = newId();
  private isDraining = false;
  private readonly drains: (() => void)[] = [];
  private readonly endings = new Set<() => void>();
  private readonly works: (() => Promise<unknown>)[] = [];

  get draining(): boolean {
    return this.isDraining;
  }

  drain(): void {
    this.isDraining = true;
    for (const listener of this.drains) listener();
  }

  /** `listener` is called when no new work is taken any more, and what is idle may end. */
  onDrain(listener: () => void): void {
    this.drains.push(listener);
  }

  /** `end` is called when running work has used up its grace and must end now. Returns how to take it back. */
  onEndOfGrace(end: () => void): () => void {
    this.endings.add(end);
    return () => this.endings.delete(end);
  }

  /** `settled` resolves when what runs without any connection of HTTP has ended: a shutdown waits for it, too. */
  holdFor(settled: () => Promise<unknown>): void {
    this.works.push(settled);
  }

  /** Resolves when all of that has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.works.map((settled) => settled()));
  }

  endGrace(): void {
    for (const end of this.endings) end();
  }
}
