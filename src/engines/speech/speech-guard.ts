import { CozyError } from '../../core/errors/cozy.error.js';
import type { Logger } from '../../core/logging/logger.js';
import type { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import type { BreakerState, EngineMetrics } from '../../core/metrics/engine-metrics.js';
import type { SpeechMetrics } from '../../core/metrics/speech-metrics.js';
import type { EngineHealth } from '../engine-health.js';
import { BreakerOpenError, CircuitBreaker } from '../resilience/circuit-breaker.js';
import { isServiceFailure } from '../resilience/degradation.js';
import { type SpeechKind, speechError } from './speech-error.js';

export interface SpeechTools {
  chatMetrics: ChatMetrics;
  metrics: EngineMetrics;
  speech: SpeechMetrics;
  logger: Logger;
}

/** One provider's circuit breaker, with its calls counted and its failures logged. */
export class SpeechGuard {
  private readonly breaker: CircuitBreaker;

  constructor(
    readonly kind: SpeechKind,
    readonly provider: string,
    readonly tools: SpeechTools,
  ) {
    const { metrics, logger } = tools;
    metrics.breaker(kind, provider, 'read', 'closed');
    this.breaker = new CircuitBreaker(isOutage, (state) => {
      metrics.breaker(kind, provider, 'read', state);
      logger.warn('A circuit breaker has changed', { kind, provider, state });
    });
  }

  get state(): BreakerState {
    return this.breaker.state;
  }

  async run<Value>(call: (signal: AbortSignal) => Promise<Value>, signal: AbortSignal): Promise<Value> {
    try {
      const value = await this.breaker.run(call, signal);
      this.count('ok');
      return value;
    } catch (error) {
      this.note(error, signal);
      throw error;
    }
  }

  /** An answer that had begun, and was counted, went wrong. */
  brokeOff(error: unknown, signal: AbortSignal): void {
    if (!signal.aborted) this.note(error, signal);
  }

  private note(error: unknown, signal: AbortSignal): void {
    const { kind, provider } = this;
    if (signal.aborted) return this.count('aborted');
    if (error instanceof BreakerOpenError) return this.count('breaker_open');
    const code = error instanceof CozyError ? error.code : 'ENGINE_FAILED';
    this.count(code);
    this.tools.logger.warn('Speech failed', { kind, provider, code }, error);
  }

  private count(outcome: string): void {
    this.tools.chatMetrics.engineCall(this.kind, this.provider, outcome);
  }
}

/** A provider that is failing, as against a request or a key that is wrong. */
const isOutage = (error: unknown): boolean =>
  isServiceFailure(error) && !(error instanceof CozyError && error.code === 'RESOURCE_MODEL_NOT_FOUND');

export interface Candidate<Engine> {
  engine: Engine;
  guard: SpeechGuard;
}

/** What the provider says of itself; while its breaker is not closed it is degraded, whatever it says at this moment. */
export async function standingOf(
  { engine, guard }: Candidate<{ health(signal: AbortSignal): Promise<EngineHealth> }>,
  signal: AbortSignal,
): Promise<EngineHealth> {
  const health = await engine.health(signal);
  if (health.status !== 'up' || guard.state === 'closed') return health;
  return { status: 'degraded', reason: 'It failed lately: its circuit breaker is not closed yet.' };
}

/**
 * Asks one after the other until one answers. When none does, the first one's error is thrown: it is the one that was
 * meant to answer, and says best what was wrong with the request.
 */
export async function firstToAnswer<Asked extends Candidate<unknown>, Value>(
  candidates: readonly Asked[],
  ask: (candidate: Asked, signal: AbortSignal, isFirst: boolean) => Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  let firstError: Error | undefined;
  for (const [rank, candidate] of candidates.entries()) {
    try {
      return await candidate.guard.run((own) => ask(candidate, own, rank === 0), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BreakerOpenError)) firstError ??= error as Error;
    }
  }
  throw firstError ?? speechError(candidates[0]?.guard.kind ?? 'stt', 'ENGINE_UNAVAILABLE');
}
