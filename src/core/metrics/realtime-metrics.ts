import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';

export const REALTIME_METRICS = [
  makeGaugeProvider({
    name: 'cozy_realtime_connections',
    help: 'Open realtime sockets by namespace.',
    labelNames: ['namespace'],
  }),
  makeCounterProvider({
    name: 'cozy_realtime_connections_total',
    help: 'Realtime sockets that asked to come in, by namespace and outcome: ok, recovered, or the code of the refusal.',
    labelNames: ['namespace', 'outcome'],
  }),
  makeCounterProvider({
    name: 'cozy_realtime_messages_total',
    help: 'Messages of realtime clients by namespace, event and outcome: ok, or the code of the refusal.',
    labelNames: ['namespace', 'event', 'outcome'],
  }),
  makeCounterProvider({
    name: 'cozy_realtime_closed_total',
    help: 'Realtime sockets that this server has closed, by namespace and the code of the reason.',
    labelNames: ['namespace', 'code'],
  }),
];

@Injectable()
export class RealtimeMetrics {
  constructor(
    @InjectMetric('cozy_realtime_connections') private readonly open: Gauge,
    @InjectMetric('cozy_realtime_connections_total') private readonly connections: Counter,
    @InjectMetric('cozy_realtime_messages_total') private readonly messages: Counter,
    @InjectMetric('cozy_realtime_closed_total') private readonly closedByUs: Counter,
  ) {}

  asked(namespace: string, outcome: string): void {
    this.connections.inc({ namespace, outcome });
  }

  opened(namespace: string): void {
    this.open.inc({ namespace });
  }

  gone(namespace: string): void {
    this.open.dec({ namespace });
  }

  message(namespace: string, event: string, outcome: string): void {
    this.messages.inc({ namespace, event, outcome });
  }

  closed(namespace: string, code: string): void {
    this.closedByUs.inc({ namespace, code });
  }
}
