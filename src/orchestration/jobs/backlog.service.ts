import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EnginesSection } from '../../core/config/sections/engines.section.js';
import { Logger } from '../../core/logging/logger.js';
import { OutboxMetrics } from '../../core/metrics/outbox-metrics.js';
import { OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import { Periodic } from './periodic.js';

const EVERY_MS = 5000;
/** Of the bound: under it the backlog is no longer too long, so that nothing flaps. */
const RELIEF = 0.9;

/** Knows how much background work is open, without a turn having to ask. */
@Injectable()
export class BacklogService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;
  private isFull = false;

  constructor(
    private readonly section: EnginesSection,
    private readonly outbox: OutboxRepository,
    private readonly metrics: OutboxMetrics,
    private readonly logger: Logger,
  ) {
    const onError = (error: unknown) => logger.warn('The backlog could not be measured; trying again', {}, error);
    this.periodic = new Periodic(() => this.measure(), EVERY_MS, onError);
  }

  /** Whether there is more open work than the configuration wants. */
  get full(): boolean {
    return this.isFull;
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.periodic.stop();
  }

  async measure(): Promise<void> {
    const most = this.section.write_back.max_backlog;
    const backlog = await this.outbox.backlog(most + 1);
    const isFull = backlog.open > (this.isFull ? most * RELIEF : most);
    if (isFull !== this.isFull) {
      const facts = { open: backlog.open, max_backlog: most };
      if (isFull)
        this.logger.error('The backlog of background work is too long: turns are remembered with less', facts);
      else this.logger.warn('The backlog of background work is within its bound again', facts);
    }
    this.isFull = isFull;
    this.metrics.backlog(backlog, isFull);
  }
}
