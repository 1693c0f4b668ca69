/** Thrown to a connection that waited too long for its turn, or left while waiting. */
export class SessionLockError extends Error {
  override readonly name = 'SessionLockError';

  constructor(override readonly cause: 'timeout' | 'left') {
    super(cause === 'timeout' ? 'waited too long for the session' : 'left while waiting for the session');
  }
}

interface Waiter {
  id: number;
  grant: () => void;
  refuse: (cause: 'timeout' | 'left') => void;
}

/** Who may use the one session: a connection owns it for a statement or a whole transaction, the others queue. */
export class SessionLock {
  #owner: number | null = null;
  #waiting: Waiter[] = [];
  #closed = false;

  /**
   * Resolves when connection `id` owns the session: at once when it does already, else in order of arrival.
   * Rejects with SessionLockError after `timeoutMs` (Infinity: never), when `leave(id)` is called, and after `close()`.
   */
  async acquire(id: number, timeoutMs: number): Promise<void> {
    if (this.#closed) throw new SessionLockError('left');
    if (this.#owner === null) this.#owner = id;
    if (this.#owner === id) return;
    await new Promise<void>((resolve, reject) => {
      const timer = Number.isFinite(timeoutMs) ? setTimeout(() => waiter.refuse('timeout'), timeoutMs) : undefined;
      const waiter: Waiter = {
        id,
        grant: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (cause) => {
          clearTimeout(timer);
          this.#waiting = this.#waiting.filter((other) => other !== waiter);
          reject(new SessionLockError(cause));
        },
      };
      this.#waiting.push(waiter);
    });
  }

  /** Hands the session to the next in the queue; does nothing when `id` does not own it. */
  release(id: number): void {
    if (this.#owner !== id) return;
    const next = this.#waiting.shift();
    this.#owner = next?.id ?? null;
    next?.grant();
  }

  isOwner(id: number): boolean {
    return this.#owner === id;
  }

  /** Takes connection `id` out of the queue. */
  leave(id: number): void {
    for (const waiter of this.#waiting) if (waiter.id === id) waiter.refuse('left');
  }

  /** Sends everyone away for good: there is no session any more. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiting) waiter.refuse('left');
  }
}
