import { CozyError } from '../../../core/errors/cozy.error.js';

type End = 'caller' | 'timeout' | 'closing';

/** One piece of work: joins everything that may end it into one signal, and remembers which it was. */
export class Deadline {
  private endedBy: End | undefined;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onCallerAbort = (): void => this.cancel(isTimeout(this.caller.reason) ? 'timeout' : 'caller');

  constructor(
    private readonly caller: AbortSignal,
    timeoutMs: number,
  ) {
    this.timer = setTimeout(() => this.cancel('timeout'), timeoutMs);
    if (caller.aborted) this.onCallerAbort();
    else caller.addEventListener('abort', this.onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isOverdue(): boolean {
    return this.endedBy === 'timeout';
  }

  /** The first reason counts. The reason of the signal is told to the MCP server: it holds no words of the caller. */
  cancel(end: End): void {
    this.endedBy ??= end;
    this.controller.abort(this.endedBy === 'timeout' ? 'The call took too long.' : 'The call was cancelled.');
  }

  /** Lets go of the timer, and of the caller's signal, which may live much longer. */
  release(): void {
    clearTimeout(this.timer);
    this.caller.removeEventListener('abort', this.onCallerAbort);
  }

  /** Settles with the work, or fails as soon as the signal aborts. */
  async race<T>(work: Promise<T>): Promise<T> {
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(new Error(String(this.signal.reason)));
      if (this.signal.aborted) onAbort();
      else this.signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      if (onAbort) this.signal.removeEventListener('abort', onAbort);
    }
  }

  /** What to say of a failure; `classify` names one that was not of our making. */
  errorOf(thrown: unknown, classify: (thrown: unknown) => CozyError): CozyError {
    switch (this.endedBy) {
      case undefined:
        return classify(thrown);
      case 'timeout':
        return new CozyError('TOOL_TIMEOUT', { cause: thrown });
      case 'closing':
        return new CozyError('TOOL_UNAVAILABLE', { message: 'This server is shutting down.', cause: thrown });
      case 'caller':
        return new CozyError('TOOL_FAILED', { message: 'The call was cancelled.', cause: thrown });
    }
  }
}

/** A caller may have a deadline of its own (`AbortSignal.timeout`). */
const isTimeout = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';
