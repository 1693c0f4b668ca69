import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { ERROR_TABLE } from '../errors/error-table.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export const HTTP_METRICS = [
  makeCounterProvider({
    name: 'cozy_http_requests_total',
    help: 'HTTP requests by method, route pattern and status.',
    labelNames: ['method', 'route', 'status'],
  }),
  makeHistogramProvider({
    name: 'cozy_http_request_duration_seconds',
    help: 'Time from the first byte in to the last byte out.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
  }),
  makeGaugeProvider({ name: 'cozy_http_requests_in_flight', help: 'HTTP requests being answered.' }),
  makeGaugeProvider({ name: 'cozy_sse_streams_open', help: 'Server-sent event streams being written.' }),
  makeCounterProvider({
    name: 'cozy_auth_failures_total',
    help: 'Refused credentials by reason.',
    labelNames: ['reason'],
  }),
];

@Injectable()
export class HttpMetrics {
  constructor(
    @InjectMetric('cozy_http_requests_total') private readonly requests: Counter,
    @InjectMetric('cozy_http_request_duration_seconds') private readonly duration: Histogram,
    @InjectMetric('cozy_http_requests_in_flight') readonly inFlight: Gauge,
    @InjectMetric('cozy_sse_streams_open') readonly streams: Gauge,
    @InjectMetric('cozy_auth_failures_total') private readonly authFailures: Counter,
  ) {
    // A counter that begins with its first failures has not grown, and no alert would see those.
    for (const code of Object.keys(ERROR_TABLE)) if (code.startsWith('AUTH_')) authFailures.inc({ reason: code }, 0);
  }

  /** `route` is the pattern, never the path: labels must stay few. */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.requests.inc({ method, route, status: String(status) });
    this.duration.observe({ method, route }, seconds);
  }

  refused(reason: string): void {
    this.authFailures.inc({ reason });
  }
}
