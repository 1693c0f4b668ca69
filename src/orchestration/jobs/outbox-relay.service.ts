import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { OutboxRepository, type OutboxRow } from '../../storage/outbox/outbox.repository.js';
import { JobHandlersService } from './job-handlers.service.js';
import { jobBatches } from './job-batches.js';
import { JobQueue } from './job.queue.js';
import { OutboxBellService } from './outbox-bell.service.js';
import { Periodic } from './periodic.js';

const EVERY_MS = 1000;
/** After the bell: turns that end within it are handed over together. Nobody is answered so soon after a turn. */
const GATHER_MS = 250;
/** The same on a busy server: what is learned together costs less, and leaves more for those who wait for an answer. */
const BUSY_GATHER_MS = 750;
/** Rows of one look that make it busy. */
const BUSY = 60;
const BATCH = 500;
/** A row whose job got lost is handed over again after this; of two jobs with it the second finds nothing to do. */
const HIDE_SECONDS = 30;

/** Hands what the outbox promises to the queue. Several relays share the work; none can lose a row. */
@Injectable()
export class OutboxRelayService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;
  private isBusy = false;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly queue: JobQueue,
    private readonly handlers: JobHandlersService,
    bell: OutboxBellService,
    logger: Logger,
  ) {
    this.periodic = new Periodic(
      () => this.relay(),
      EVERY_MS,
      (error) => logger.warn('The outbox could not be relayed; trying again', {}, error),
    );
    bell.listen(() => this.periodic.wake(this.isBusy ? BUSY_GATHER_MS : GATHER_MS));
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.periodic.stop();
  }

  private async relay(): Promise<void> {
    let taken = 0;
    for (;;) {
      const rows = await this.take();
      taken += rows.length;
      this.isBusy = taken >= BUSY;
      const batches = jobBatches(rows, (kind) => this.handlers.sharingOf(kind));
      if (rows.length > 0) await this.queue.add(batches, this.handlers.quick);
      if (rows.length < BATCH) return;
    }
  }

  /** Where a provider is slow, what waits for it fills the queue, and does not hold up what asks nobody. */
  private async take(): Promise<OutboxRow[]> {
    const { first, others } = await this.queue.room();
    const most = Math.min(BATCH, first);
    const any = Math.min(most, others);
    const rows = any > 0 ? await this.outbox.takeDue(any, HIDE_SECONDS) : [];
    if (any === most || rows.length < any) return rows;
    return [...rows, ...(await this.outbox.takeDue(most - any, HIDE_SECONDS, this.handlers.quick))];
  }
}
