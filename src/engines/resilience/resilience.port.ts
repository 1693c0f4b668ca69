import type { BreakerState } from '../../core/metrics/engine-metrics.js';

export type EngineKind = 'memory' | 'profile' | 'knowledge';

/** Why a turn goes without an engine's answer. Stable words: they stand in metadata, metrics and logs. */
export type DegradationReason =
  | 'timeout'
  | 'auth'
  | 'rate_limit'
  | 'invalid_request'
  | 'unavailable'
  | 'breaker_open'
  | 'bad_response'
  /** The caller has left; counted nowhere. */
  | 'cancelled';

/** What came of a question. A failure is a degradation with a reason: never an answer, and never thrown. */
export type EngineAnswer<Value> =
  | { status: 'ok'; value: Value; reason: null; latencyMs: number; cacheHit: boolean }
  | { status: 'degraded'; value: null; reason: DegradationReason; latencyMs: number; cacheHit: false };

/** All that an answer depends on, beside the engine and its configuration: two that differ in anything share nothing. */
export interface EngineQuestion {
  userId: string;
  sessionId: string | null;
  personalityId: string | null;
  /** What is asked, with whatever else narrows it; empty where the answer depends on none. */
  query: string;
  /** How much is asked for: a top-k, or a number of tokens. */
  limit: number;
}

/** Whose cached answers a change concerns: a user's, or everybody's. */
export type ChangeScope = { userId: string } | 'everybody';

/** One engine under its deadline, and where it is remote under a circuit breaker and behind a cache. */
export abstract class GuardedEngine {
  abstract readonly kind: EngineKind;
  abstract readonly provider: string;
  /** Of questions; built-in engines have none, and are always `closed`. */
  abstract readonly breakerState: BreakerState;

  /** For questions of a turn. The value is frozen: others may be given the same one. */
  abstract ask<Value>(
    question: EngineQuestion,
    call: (signal: AbortSignal) => Promise<Value>,
    signal: AbortSignal,
  ): Promise<EngineAnswer<Value>>;

  /**
   * For whatever changes what the engine knows. Throws a CozyError, so that a job is tried again. When it is done, no
   * instance answers from before.
   */
  abstract change<Value>(
    scope: ChangeScope,
    call: (signal: AbortSignal) => Promise<Value>,
    signal: AbortSignal,
  ): Promise<Value>;
}
