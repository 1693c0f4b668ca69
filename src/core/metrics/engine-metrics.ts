import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

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
  makeHistogramProvider({
    name: 'cozy_engine_answer_seconds',
    help: 'How long turns waited for memory, profile and knowledge, by kind: answers, cached ones and failures.',
    labelNames: ['kind'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1, 2.5, 5],
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
    @InjectMetric('cozy_engine_answer_seconds') private readonly seconds: Histogram,
  ) {}

  breaker(kind: string, provider: string, calls: BreakerCalls, state: BreakerState): void {
    this.breakers.set({ kind, provider, calls }, BREAKER_VALUES[state]);
  }

  cached(kind: string, outcome: CacheOutcome): void {
    this.cache.inc({ kind, outcome });
  }

  waited(kind: string, milliseconds: number): void {
    this.seconds.observe({ kind }, milliseconds / 1000);
  }

  degraded(kind: string, provider: string, reason: string): void {
    this.degradations.inc({ kind, provider, reason });
  }
}
