import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';

export const ENGINE_METRICS = [
  makeGaugeProvider({
    name: 'cozy_engine_breaker_state',
    help: 'Circuit breakers of remote engines by kind, provider and calls (read, write): 0 closed, 1 half open, 2 open.',
    labelNames: ['kind', 'provider', 'calls'],
  }),
  makeCounterProvider({
    name: 'cozy_engine_cache_total',
    help: 'Questions to remote engines by kind and what the cache made of them (hit, miss, unavailable).',
    labelNames: ['kind', 'outcome'],
  }),
  makeCounterProvider({
    name: 'cozy_engine_degradations_total',
    help: 'Answers that turns had to do without, by kind, provider and reason.',
    labelNames: ['kind', 'provider', 'reason'],
  }),
];

export type BreakerState = 'closed' | 'half_open' | 'open';
export type BreakerCalls = 'read' | 'write';
export type CacheOutcome = 'hit' | 'miss' | 'unavailable';

const BREAKER_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

@Injectable()
export class EngineMetrics {
  constructor(
    @InjectMetric('cozy_engine_breaker_state') private readonly breakers: Gauge,
    @InjectMetric('cozy_engine_cache_total') private readonly cache: Counter,
    @InjectMetric('cozy_engine_degradations_total') private readonly degradations: Counter,
  ) {}

  breaker(kind: string, provider: string, calls: BreakerCalls, state: BreakerState): void {
    this.breakers.set({ kind, provider, calls }, BREAKER_VALUES[state]);
  }

  cached(kind: string, outcome: CacheOutcome): void {
    this.cache.inc({ kind, outcome });
  }

  degraded(kind: string, provider: string, reason: string): void {
    this.degradations.inc({ kind, provider, reason });
  }
}
