import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

export const JOB_METRICS = [
  makeCounterProvider({
    name: 'cozy_jobs_total',
    help: 'Background jobs by kind and outcome (done, failed, dead).',
    labelNames: ['kind', 'outcome'],
  }),
  makeHistogramProvider({
    name: 'cozy_job_seconds',
    help: 'Time of background jobs that were done, by kind.',
    labelNames: ['kind'],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120],
  }),
  makeHistogramProvider({
    name: 'cozy_write_back_batch_size',
    help: 'Turns of a user that were learned from together, by kind.',
    labelNames: ['kind'],
    buckets: [1, 2, 5, 10, 20, 50],
  }),
];

@Injectable()
export class JobMetrics {
  constructor(
    @InjectMetric('cozy_jobs_total') private readonly jobs: Counter,
    @InjectMetric('cozy_job_seconds') private readonly seconds: Histogram,
    @InjectMetric('cozy_write_back_batch_size') private readonly batches: Histogram,
  ) {}

  done(kind: string, milliseconds: number): void {
    this.jobs.inc({ kind, outcome: 'done' });
    this.seconds.observe({ kind }, milliseconds / 1000);
  }

  /** Several turns at once, in one go. */
  batchDone(kind: string, turns: number, milliseconds: number): void {
    this.jobs.inc({ kind, outcome: 'done' }, turns);
    this.seconds.observe({ kind }, milliseconds / 1000);
    this.batches.observe({ kind }, turns);
  }

  failed(kind: string, dead: boolean, turns = 1): void {
    this.jobs.inc({ kind, outcome: dead ? 'dead' : 'failed' }, turns);
  }
}
