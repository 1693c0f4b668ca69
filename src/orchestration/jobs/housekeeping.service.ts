import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { ExpiryRepository } from '../../storage/expiry/expiry.repository.js';
import { UsageRepository } from '../../storage/usage/usage.repository.js';
import { Periodic } from './periodic.js';

const EVERY_MS = 60_000;
const ROLL_UP_BATCH = 5000;

/** Sums up usage and removes what has had its day. */
@Injectable()
export class HousekeepingService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;

  constructor(
    private readonly usage: UsageRepository,
    private readonly expiry: ExpiryRepository,
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
    await this.expiry.deleteExpired();
  }
}
