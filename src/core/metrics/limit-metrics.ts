import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';

export const LIMIT_METRICS = [
  makeCounterProvider({
    name: 'cozy_rate_limit_refusals_total',
    help: 'Requests refused because a limit was reached, by layer: address, user, key, sign_in, reauthentication, upload, socket, handshake.',
    labelNames: ['layer'],
  }),
];

@Injectable()
export class LimitMetrics {
  constructor(@InjectMetric('cozy_rate_limit_refusals_total') private readonly refusals: Counter) {}

  refused(layer: string): void {
    this.refusals.inc({ layer });
  }
}
