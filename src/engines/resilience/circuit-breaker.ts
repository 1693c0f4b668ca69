import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';
import type { BreakerState } from '../../core/metrics/engine-metrics.js';

const FAILURES_TO_OPEN = 5;
const OPEN_MS = 30_000;

/** The call was not made, as those before it failed. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';

  constructor() {
    super('The service has failed several times in a row and is left alone for a while.');
  }
}

/** Thrown inside the breaker in place of what a caller's abort made of the call, which says nothing of the service. */
class CallerLeftError extends Error {}

/**
 * Five failures in a row open it for thirty seconds; then one call is let through, and its end closes the breaker or
 * opens it again. The library would let the others wait for that one: a turn has no time for it, so they are refused.
 */
export class CircuitBreaker {
  private readonly policy: CircuitBreakerPolicy;

  /** @param counts whether an error is a failure of the service, rather than of the request. */
  constructor(counts: (error: unknown) => boolean, onStateChange: (state: BreakerState) => void = () => undefined) {
    this.policy = circuitBreaker(
      handleWhen((error) => !(error instanceof CallerLeftError) && counts(error)),
      { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
    );
    this.policy.onStateChange((state) => onStateChange(nameOf(state)));
  }

  /** `open` until a call finds out more. */
  get state(): BreakerState {
    return nameOf(this.policy.state);
  }

  /**
   * The call that finds out whether the service works again is not told of its caller's abort: it ends for what it
   * finds, so it needs a deadline of its own. The caller does not wait for that.
   */
  async run<Value>(call: (signal: AbortSignal) => Promise<Value>, signal: AbortSignal): Promise<Value> {
    signal.throwIfAborted();
    if (this.policy.state === CircuitState.HalfOpen) throw new BreakerOpenError();
    const running = this.policy.execute(() =>
      // Inside, the state is still that from before the call.
      this.policy.state === CircuitState.Closed ? callOf(call, signal) : call(new AbortController().signal),
    );
    try {
      return await untilAborted(running, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof BrokenCircuitError ? new BreakerOpenError() : error;
    }
  }
}

async function callOf<Value>(call: (signal: AbortSignal) => Promise<Value>, signal: AbortSignal): Promise<Value> {
  try {
    return await call(signal);
  } catch (error) {
    if (signal.aborted) throw new CallerLeftError();
    throw error;
  }
}

async function untilAborted<Value>(running: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let leave: (() => void) | undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(new CallerLeftError());
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([running, left]);
  } finally {
    if (leave) signal.removeEventListener('abort', leave);
  }
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half_open' : 'open';
}
