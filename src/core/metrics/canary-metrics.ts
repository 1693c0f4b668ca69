import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import type { CanaryArm } from '../domain/canary.js';

const LABELS = ['feature', 'variant'];

export const CANARY_METRICS = [
  makeCounterProvider({
    name: 'cozy_canary_requests_total',
    help: 'Chat turns that a canary rule was for, by feature and variant (base, canary).',
    labelNames: LABELS,
  }),
  makeCounterProvider({
    name: 'cozy_canary_errors_total',
    help: 'Those of them that failed by no fault of the caller, by feature and variant.',
    labelNames: LABELS,
  }),
  makeHistogramProvider({
    name: 'cozy_canary_latency_seconds',
    help: 'Time of those that were answered, from the accepted request to the end of the answer, by feature and variant.',
    labelNames: LABELS,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120],
  }),
  makeCounterProvider({
    name: 'cozy_canary_rollbacks_total',
    help: 'Features that were rolled back, by feature and cause (manual, error_rate, latency, first_token).',
    labelNames: ['feature', 'cause'],
  }),
];

@Injectable()
export class CanaryMetrics {
  constructor(
    @InjectMetric('cozy_canary_requests_total') private readonly requests: Counter,
    @InjectMetric('cozy_canary_errors_total') private readonly errors: Counter,
    @InjectMetric('cozy_canary_latency_seconds') private readonly latency: Histogram,
    @InjectMetric('cozy_canary_rollbacks_total') private readonly rollbacks: Counter,
  ) {}

  /** @param milliseconds undefined where nothing was answered to the end. */
  turn(feature: string, variant: CanaryArm, failed: boolean, milliseconds: number | undefined): void {
    const labels = { feature, variant };
    this.requests.inc(labels);
    this.errors.inc(labels, failed ? 1 : 0);
    if (milliseconds !== undefined) this.latency.observe(labels, milliseconds / 1000);
  }

  rolledBack(feature: string, cause: string): void {
    this.rollbacks.inc({ feature, cause });
  }
}
