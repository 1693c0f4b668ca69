import { Injectable } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';

export const OUTBOX_METRICS = [
  makeGaugeProvider({ name: 'cozy_outbox_full', help: '1 while the backlog is over its bound, else 0.' }),
  makeGaugeProvider({
    name: 'cozy_outbox_open',
    help: 'Outbox rows that are due or have been tried, and are not done.',
  }),
  makeGaugeProvider({ name: 'cozy_outbox_dead', help: 'Outbox rows that were given up: the dead letters.' }),
  makeGaugeProvider({ name: 'cozy_outbox_oldest_seconds', help: 'How long the oldest open outbox row has waited.' }),
];

@Injectable()
export class OutboxMetrics {
  constructor(
    @InjectMetric('cozy_outbox_open') private readonly open: Gauge,
    @InjectMetric('cozy_outbox_dead') private readonly dead: Gauge,
    @InjectMetric('cozy_outbox_oldest_seconds') private readonly oldest: Gauge,
    @InjectMetric('cozy_outbox_full') private readonly full: Gauge,
  ) {}

  backlog({ open, dead, oldestSeconds }: { open: number; dead: number; oldestSeconds: number }, full: boolean): void {
    this.open.set(open);
    this.dead.set(dead);
    this.oldest.set(oldestSeconds);
    this.full.set(full ? 1 : 0);
  }
}
