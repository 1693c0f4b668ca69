import { CozyError } from '../../core/errors/cozy.error.js';
import type { Logger } from '../../core/logging/logger.js';
import type { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import type { BreakerCalls, BreakerState, EngineMetrics } from '../../core/metrics/engine-metrics.js';
import { GEN_AI } from '../../core/tracing/gen-ai.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { startSpan, within } from '../../core/tracing/tracing.js';
import { isTimeout, withDeadline } from '../../core/util/deadline.js';
import { serviceError } from '../http-errors.js';
import type { CacheSource } from './cache-key.js';
import { deepFreeze } from './cached-value.js';
import { BreakerOpenError, CircuitBreaker } from './circuit-breaker.js';
import { isServiceFailure, reasonOf } from './degradation.js';
import type { EngineCache } from './engine-cache.js';
import {
  type ChangeScope,
  type DegradationReason,
  type EngineAnswer,
  type EngineKind,
  type EngineQuestion,
  GuardedEngine,
} from './resilience.port.js';

/** Which engine, and how long it may take. */
export interface GuardedTarget extends CacheSource {
  isRemote: boolean;
  /** Of a question; a turn waits for it. */
  timeoutMs: number;
  /** Of a change; a job waits for it. */
  changeTimeoutMs: number;
}

export interface GuardTools {
  cache: EngineCache;
  chatMetrics: ChatMetrics;
  metrics: EngineMetrics;
  logger: Logger;
}

type Call<Value> = (signal: AbortSignal) => Promise<Value>;

/**
 * Questions and changes have a breaker each: what a service makes of a turn by asking a model may fail for hours while
 * its search works.
 */
export class ResilientCall extends GuardedEngine {
  private readonly breakers: Record<BreakerCalls, CircuitBreaker>;

  constructor(
    private readonly target: GuardedTarget,
    private readonly tools: GuardTools,
  ) {
    super();
    this.breakers = { read: this.breakerOf('read'), write: this.breakerOf('write') };
  }

  get kind(): GuardedTarget['kind'] {
    return this.target.kind;
  }

  get provider(): string {
    return this.target.provider;
  }

  get breakerState(): BreakerState {
    return this.breakers.read.state;
  }

  async ask<Value>(question: EngineQuestion, call: Call<Value>, signal: AbortSignal): Promise<EngineAnswer<Value>> {
    const span = this.spanOf();
    const answer = await within(span, () => this.answer(question, call, signal));
    this.tools.metrics.waited(this.kind, answer.latencyMs);
    endWith(span, this.kind, answer);
    return answer;
  }

  async change<Value>(scope: ChangeScope, call: Call<Value>, signal: AbortSignal): Promise<Value> {
    if (!this.target.isRemote) return this.guarded('write', call, signal);
    const { cache } = this.tools;
    // Before, so that a process which dies in the middle leaves nothing from before in use; afterwards, and also when
    // the change failed, as it may have been done all the same: what was asked meanwhile must not be kept either.
    await cache.forget(scope);
    try {
      return await this.guarded('write', call, signal);
    } catch (error) {
      throw error instanceof BreakerOpenError
        ? serviceError(`${this.kind} service`, 'ENGINE_UNAVAILABLE', error)
        : error;
    } finally {
      await cache.forget(scope);
    }
  }

  /** Of a question: of knowledge a retrieval, of what is kept of users a search in memory. */
  private spanOf(): Span {
    const { kind, provider } = this;
    const operation = kind === 'knowledge' ? 'retrieval' : 'search_memory';
    return startSpan(operation, {
      kind: this.target.isRemote ? 'client' : 'internal',
      attributes: {
        [GEN_AI.operation]: operation,
        [GEN_AI.provider]: provider,
        ...(kind !== 'knowledge' && { [GEN_AI.memoryStore]: kind }),
      },
    });
  }

  private async answer<Value>(
    question: EngineQuestion,
    call: Call<Value>,
    signal: AbortSignal,
  ): Promise<EngineAnswer<Value>> {
    const began = performance.now();
    const latency = () => Math.round(performance.now() - began);
    const found = this.target.isRemote && !signal.aborted ? await this.cached(question) : undefined;
    if (found?.outcome === 'hit') {
      return { status: 'ok', value: found.value as Value, reason: null, latencyMs: latency(), cacheHit: true };
    }
    try {
      const value = deepFreeze(await this.guarded('read', call, signal));
      this.tools.cache.keep(found?.place, value);
      return { status: 'ok', value, reason: null, latencyMs: latency(), cacheHit: false };
    } catch (error) {
      const reason = this.degraded(error, signal);
      return { status: 'degraded', value: null, reason, latencyMs: latency(), cacheHit: false };
    }
  }

  private async cached(question: EngineQuestion) {
    const found = await this.tools.cache.find(this.target, question);
    this.tools.metrics.cached(this.kind, found.outcome);
    return found;
  }

  /** Under deadline and breaker, counted. */
  private async guarded<Value>(calls: BreakerCalls, call: Call<Value>, signal: AbortSignal): Promise<Value> {
    const milliseconds = calls === 'read' ? this.target.timeoutMs : this.target.changeTimeoutMs;
    const timed = (own: AbortSignal) =>
      withDeadline(own, milliseconds, call, () => serviceError(`${this.kind} service`, 'ENGINE_TIMEOUT'));
    try {
      const value = await (this.target.isRemote ? this.breakers[calls].run(timed, signal) : timed(signal));
      this.count('ok');
      return value;
    } catch (error) {
      this.count(outcomeOf(error, signal));
      throw error;
    }
  }

  private degraded(error: unknown, signal: AbortSignal): DegradationReason {
    if (signal.aborted && !isTimeout(signal.reason)) return 'cancelled';
    const reason = signal.aborted ? 'timeout' : reasonOf(error);
    const { kind, provider } = this;
    this.tools.metrics.degraded(kind, provider, reason);
    // The opening of the breaker was logged; a line for each turn after it would say no more.
    if (reason !== 'breaker_open')
      this.tools.logger.warn('An engine did not answer', { kind, provider, reason }, error);
    return reason;
  }

  private breakerOf(calls: BreakerCalls): CircuitBreaker {
    const { kind, provider, isRemote } = this.target;
    const { metrics, logger } = this.tools;
    if (isRemote) metrics.breaker(kind, provider, calls, 'closed');
    return new CircuitBreaker(isServiceFailure, (state) => {
      metrics.breaker(kind, provider, calls, state);
      logger.warn('A circuit breaker has changed', { kind, provider, calls, state });
    });
  }

  private count(outcome: string): void {
    this.tools.chatMetrics.engineCall(this.kind, this.provider, outcome);
  }
}

function endWith(span: Span, kind: EngineKind, answer: EngineAnswer<unknown>): void {
  const { status, reason, value, cacheHit } = answer;
  span.set({
    'cozy.engine.status': status,
    'cozy.engine.cache_hit': cacheHit,
    ...(Array.isArray(value) && {
      [kind === 'knowledge' ? 'cozy.retrieval.count' : GEN_AI.memoryRecords]: value.length,
    }),
  });
  if (reason === 'cancelled') span.set({ 'cozy.engine.reason': reason });
  else if (reason !== null) span.fail(reason);
  span.end();
}

/** The error's code, or what kept the call from being made or ended. */
function outcomeOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'aborted';
  if (error instanceof BreakerOpenError) return 'breaker_open';
  return error instanceof CozyError ? error.code : 'ENGINE_FAILED';
}
