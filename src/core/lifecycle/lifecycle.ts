import { newId } from '../util/ids.js';

/** Whether the process is taking work. Readiness turns false first, so that no new work is sent here. */
export class Lifecycle {
  /** Of this process, from its start to its end. */
  readonly instanceId = newId();
  private isDraining = false;
  private readonly endings = new Set<() => void>();
  private readonly drains = new Set<() => void>();

  get draining(): boolean {
    return this.isDraining;
  }

  drain(): void {
    this.isDraining = true;
    for (const leave of this.drains) leave();
  }

  /** `leave` is called when no more work is taken: what would go on for ever ends then. Returns how to take it back. */
  onDrain(leave: () => void): () => void {
    this.drains.add(leave);
    return () => this.drains.delete(leave);
  }

  /** `end` is called when running work has used up its grace and must end now. Returns how to take it back. */
  onEndOfGrace(end: () => void): () => void {
    this.endings.add(end);
    return () => this.endings.delete(end);
  }

  endGrace(): void {
    for (const end of this.endings) end();
  }
}
