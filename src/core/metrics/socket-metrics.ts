import { Injectable } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';

export const SOCKET_METRICS = [
  makeGaugeProvider({
    name: 'cozy_websockets_open',
    help: 'Open WebSockets by route; those of Socket.IO are not among them.',
    labelNames: ['route'],
  }),
];

@Injectable()
export class SocketMetrics {
  constructor(@InjectMetric('cozy_websockets_open') private readonly sockets: Gauge) {}

  opened(route: string): void {
    this.sockets.inc({ route });
  }

  closed(route: string): void {
    this.sockets.dec({ route });
  }
}
