import { Injectable } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';

export const POOL_METRICS = [
  makeGaugeProvider({
    name: 'cozy_database_pool_connections',
    help: 'Connections to the database by pool (main, look_ups) and state (busy, idle, limit: the most there may be).',
    labelNames: ['pool', 'state'],
  }),
  makeGaugeProvider({
    name: 'cozy_database_pool_waiting',
    help: 'Statements that wait for a connection, by pool.',
    labelNames: ['pool'],
  }),
];

/** As a pool of `pg` tells it. */
export interface PoolState {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}

@Injectable()
export class PoolMetrics {
  private readonly pools = new Map<string, PoolState>();

  constructor(
    @InjectMetric('cozy_database_pool_connections') private readonly connections: Gauge,
    @InjectMetric('cozy_database_pool_waiting') private readonly waiting: Gauge,
  ) {
    // Looked at when somebody reads the metrics, and not with every statement.
    Object.assign(connections, { collect: () => this.count() });
    Object.assign(waiting, { collect: () => this.count() });
  }

  watch(name: string, pool: PoolState): void {
    this.pools.set(name, pool);
  }

  private count(): void {
    for (const [pool, { totalCount, idleCount, waitingCount, options }] of this.pools) {
      this.connections.set({ pool, state: 'busy' }, totalCount - idleCount);
      this.connections.set({ pool, state: 'idle' }, idleCount);
      this.connections.set({ pool, state: 'limit' }, options.max);
      this.waiting.set({ pool }, waitingCount);
    }
  }
}
