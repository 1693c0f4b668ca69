/** What ended a piece of work from outside. */
export type DeadlineEnd = 'caller' | 'timeout' | 'closing';

/** Joins a caller's signal and a time limit into one signal, and remembers which of them ended it. */
export class Deadline {
  private ended: DeadlineEnd | undefined;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onCallerAbort = (): void => this.cancel(isTimeout(this.caller?.reason) ? 'timeout' : 'caller');

  /** @param milliseconds from now. */
  constructor(
    private readonly caller: AbortSignal | undefined,
    milliseconds: number,
  ) {
    this.timer = setTimeout(() => this.cancel('timeout'), milliseconds);
    if (caller?.aborted) this.onCallerAbort();
    else caller?.addEventListener('abort', this.onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Undefined while nothing has. A caller's own deadline counts as a timeout. */
  get endedBy(): DeadlineEnd | undefined {
    return this.ended;
  }

  /** The first reason counts. It may be told to others, and holds no words of the caller. */
  cancel(end: DeadlineEnd): void {
    if (this.ended !== undefined) return;
    this.ended = end;
    const late = end === 'timeout';
    const message = late ? 'The call took too long.' : 'The call was cancelled.';
    this.controller.abort(new DOMException(message, late ? 'TimeoutError' : 'AbortError'));
  }

  /** Settles with the work, or fails as soon as the signal aborts, whether or not the work obeys. */
  async race<Result>(work: Promise<Result>): Promise<Result> {
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(this.signal.reason as Error);
      if (this.signal.aborted) onAbort();
      else this.signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      if (onAbort) this.signal.removeEventListener('abort', onAbort);
    }
  }

  /** Lets go of the timer, and of the caller's signal, which may live much longer. */
  release(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.onCallerAbort);
  }
}

/** Whether a signal was ended by a deadline: a caller may have one of its own (`AbortSignal.timeout`). */
export const isTimeout = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';

/**
 * Runs `work` under a time limit and the caller's signal. When either ends it, the promise is rejected at once, with
 * `late()` or the caller's own reason.
 */
export async function withDeadline<Result>(
  signal: AbortSignal,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
  late: () => Error,
): Promise<Result> {
  signal.throwIfAborted();
  const deadline = new Deadline(signal, milliseconds);
  try {
    return await deadline.race(work(deadline.signal));
  } catch (thrown) {
    signal.throwIfAborted();
    throw deadline.endedBy === 'timeout' ? late() : thrown;
  } finally {
    deadline.release();
  }
}
