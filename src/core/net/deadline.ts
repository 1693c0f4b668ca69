/** Joins a caller's signal and a time limit into one signal, and remembers which of them ended it. */
export class Deadline {
  private ended: 'caller' | 'timeout' | undefined;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onCallerAbort = (): void => this.end('caller');

  constructor(
    private readonly caller: AbortSignal | undefined,
    timeoutMs: number,
  ) {
    this.timer = setTimeout(() => this.end('timeout'), timeoutMs);
    if (caller?.aborted === true) this.end('caller');
    else caller?.addEventListener('abort', this.onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get endedBy(): 'caller' | 'timeout' | undefined {
    return this.ended;
  }

  /** Lets go of the timer and of the caller's signal, which may live much longer. */
  release(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.onCallerAbort);
  }

  private end(by: 'caller' | 'timeout'): void {
    this.ended ??= by;
    this.controller.abort();
  }
}
