import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
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
    let rows;
    do {
      rows = await this.outbox.takeDue(BATCH, HIDE_SECONDS);
      if (rows.length > 0) await this.queue.add(rows);
    } while (rows.length === BATCH);
  }
}
