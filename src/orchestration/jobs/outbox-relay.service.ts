import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { JobMetrics } from '../../core/metrics/job-metrics.js';
import { OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import { JobQueue } from './job.queue.js';
import { Periodic } from './periodic.js';

const EVERY_MS = 1000;
const BATCH = 200;
/** A row whose job got lost is handed over again after this. */
const HIDE_SECONDS = 120;

/** Hands what the outbox promises to the queue. Several relays share the work; none can lose a row. */
@Injectable()
export class OutboxRelayService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly queue: JobQueue,
    private readonly metrics: JobMetrics,
    logger: Logger,
  ) {
    this.periodic = new Periodic(
      () => this.relay(),
      EVERY_MS,
      (error) => logger.warn('The outbox could not be relayed; trying again', {}, error),
    );
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.periodic.stop();
  }

  private async relay(): Promise<void> {
    this.metrics.backlog(await this.outbox.backlog());
    for (;;) {
      const limit = Math.min(BATCH, await this.queue.room());
      const rows = limit > 0 ? await this.outbox.takeDue(limit, HIDE_SECONDS) : [];
      if (rows.length > 0) await this.queue.add(rows);
      if (rows.length < BATCH) return;
    }
  }
}
