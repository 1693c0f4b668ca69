import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { IdempotencyKeyRepository } from '../../storage/idempotency/idempotency-key.repository.js';
import { OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import { UsageRepository } from '../../storage/usage/usage.repository.js';
import { Periodic } from './periodic.js';

const EVERY_MS = 60_000;
const ROLL_UP_BATCH = 5000;
const KEEP_DONE_HOURS = 24;

/** Sums up usage and removes what has had its day. */
@Injectable()
export class HousekeepingService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;

  constructor(
    private readonly usage: UsageRepository,
    private readonly idempotencyKeys: IdempotencyKeyRepository,
    private readonly outbox: OutboxRepository,
    logger: Logger,
  ) {
    this.periodic = new Periodic(
      () => this.tidy(),
      EVERY_MS,
      (error) => logger.warn('Housekeeping failed; trying again in a minute', {}, error),
    );
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.periodic.stop();
  }

  private async tidy(): Promise<void> {
    while ((await this.usage.rollUp(ROLL_UP_BATCH)) === ROLL_UP_BATCH);
    await this.idempotencyKeys.deleteExpired();
    await this.outbox.deleteDone(KEEP_DONE_HOURS);
  }
}
