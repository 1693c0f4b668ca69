import { LRUCache } from 'lru-cache';
import type { SignalRepository } from '../signals/signal.repository.js';

/** A dataset that holds something: the user's own, or one of everybody's. */
export interface FilledScope {
  ownerId: string | null;
  dataset: string;
  chunks: number;
}

/** Users whose scopes are known at once. */
const MOST_USERS = 20_000;
/** Nobody has so many lists of datasets; who asks for ever new ones is not remembered for all of them. */
const MOST_LISTS = 8;

/**
 * Which datasets hold anything, of the users who asked last. A trigger tells of every document that searches may find
 * from now on, or not any more; as long as that is not heard, nothing is known.
 */
export class ChunkScopeCache {
  private readonly users = new LRUCache<string, Map<string, readonly FilledScope[]>>({ max: MOST_USERS });
  /** Of changes, so that what was read before one is not kept after it. */
  private changes = 0;

  constructor(private readonly signals: SignalRepository | undefined) {
    signals?.on('documents-changed', (ownerId) => this.forget(ownerId));
    signals?.onInterruption(() => this.forget(''));
    signals?.onReturn(() => this.forget(''));
  }

  async of(
    userId: string,
    datasets: readonly string[],
    read: () => Promise<readonly FilledScope[]>,
  ): Promise<readonly FilledScope[]> {
    if (!this.signals?.live) return read();
    const list = JSON.stringify(datasets);
    const known = this.users.get(userId)?.get(list);
    if (known) return known;
    const { changes } = this;
    const scopes = await read();
    if (changes === this.changes) this.keep(userId, list, scopes);
    return scopes;
  }

  private keep(userId: string, list: string, scopes: readonly FilledScope[]): void {
    const lists = this.users.get(userId) ?? new Map<string, readonly FilledScope[]>();
    if (lists.size >= MOST_LISTS) lists.clear();
    this.users.set(userId, lists.set(list, scopes));
  }

  /** What is shared, whose owner is '', is in everybody's. */
  private forget(ownerId: string): void {
    this.changes += 1;
    if (ownerId === '') this.users.clear();
    else this.users.delete(ownerId);
  }
}
