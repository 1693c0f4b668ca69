import { CozyError } from '../../core/errors/cozy.error.js';

/** Why a call was broken off by our side. */
export type CallEnd = 'caller' | 'timeout' | 'closing';

/** One call to a model: joins everything that may end it into one signal, and remembers which it was. */
export class AiCall {
  private endedBy: CallEnd | undefined;
  private readonly controller = new AbortController();
  private readonly onCallerAbort = (): void => this.cancel('caller');

  constructor(private readonly caller: AbortSignal) {
    if (caller.aborted) this.cancel('caller');
    else caller.addEventListener('abort', this.onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The first reason counts. */
  cancel(reason: CallEnd): void {
    this.endedBy ??= reason;
    this.controller.abort();
  }

  /** Lets go of the caller's signal, which may live much longer. */
  release(): void {
    this.caller.removeEventListener('abort', this.onCallerAbort);
  }

  /**
   * What to say of a failure; undefined when the caller has left and nobody listens.
   *
   * @param classify names a failure that was not of our making.
   */
  errorOf(thrown: unknown, classify: (thrown: unknown) => CozyError): CozyError | undefined {
    if (this.endedBy === undefined) return classify(thrown);
    if (this.endedBy === 'caller') return undefined;
    return new CozyError(this.endedBy === 'timeout' ? 'ENGINE_TIMEOUT' : 'INTERNAL_SHUTTING_DOWN', { cause: thrown });
  }
}
