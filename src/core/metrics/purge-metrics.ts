import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';

export const PURGE_METRICS = [
  makeCounterProvider({
    name: 'cozy_purged_rows_total',
    help: 'Rows deleted because they had had their day, by table.',
    labelNames: ['table'],
  }),
  makeCounterProvider({
    name: 'cozy_purge_failures_total',
    help: 'Times that old rows of a table could not be deleted; they are tried again.',
    labelNames: ['table'],
  }),
];

@Injectable()
export class PurgeMetrics {
  constructor(
    @InjectMetric('cozy_purged_rows_total') private readonly rows: Counter,
    @InjectMetric('cozy_purge_failures_total') private readonly failures: Counter,
  ) {}

  deleted(table: string, count: number): void {
    if (count > 0) this.rows.inc({ table }, count);
  }

  failed(table: string): void {
    this.failures.inc({ table });
  }
}
