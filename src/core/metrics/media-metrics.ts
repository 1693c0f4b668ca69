import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

export const MEDIA_METRICS = [
  makeGaugeProvider({
    name: 'cozy_media_open',
    help: 'What runs for calls over WebRTC: workers of mediasoup, rooms, peers (people in rooms).',
    labelNames: ['what'],
  }),
  makeCounterProvider({
    name: 'cozy_media_worker_cpu_seconds_total',
    help: 'Processor time of the workers of mediasoup.',
  }),
  makeCounterProvider({
    name: 'cozy_media_worker_deaths_total',
    help: 'Workers of mediasoup that ended by themselves, and their calls with them.',
  }),
  makeCounterProvider({
    name: 'cozy_media_packets_total',
    help: 'RTP packets of callers by outcome (received, lost, late).',
    labelNames: ['outcome'],
  }),
  makeHistogramProvider({
    name: 'cozy_media_jitter_seconds',
    help: 'Jitter of what callers send, as RFC 3550 has it, looked at every 10 seconds.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25],
  }),
];

/** What the packets of one caller came to since they were last looked at. */
export interface PacketGrowth {
  received: number;
  lost: number;
  late: number;
  jitterMs: number;
}

@Injectable()
export class MediaMetrics {
  constructor(
    @InjectMetric('cozy_media_open') private readonly open: Gauge,
    @InjectMetric('cozy_media_worker_cpu_seconds_total') private readonly cpu: Counter,
    @InjectMetric('cozy_media_worker_deaths_total') private readonly deaths: Counter,
    @InjectMetric('cozy_media_packets_total') private readonly packets: Counter,
    @InjectMetric('cozy_media_jitter_seconds') private readonly jitter: Histogram,
  ) {}

  opened(what: 'workers' | 'rooms' | 'peers'): void {
    this.open.inc({ what });
  }

  closed(what: 'workers' | 'rooms' | 'peers'): void {
    this.open.dec({ what });
  }

  workerDied(): void {
    this.deaths.inc();
  }

  workerCpu(milliseconds: number): void {
    this.cpu.inc(milliseconds / 1000);
  }

  heard({ received, lost, late, jitterMs }: PacketGrowth): void {
    this.packets.inc({ outcome: 'received' }, received);
    this.packets.inc({ outcome: 'lost' }, lost);
    this.packets.inc({ outcome: 'late' }, late);
    if (received > 0) this.jitter.observe(jitterMs / 1000);
  }
}
