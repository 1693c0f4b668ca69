import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CozyConfig } from '../../core/config/cozy-config.js';
import { Logger } from '../../core/logging/logger.js';
import { PurgeMetrics } from '../../core/metrics/purge-metrics.js';
import { ExpiryRepository, type Purge } from '../../storage/expiry/expiry.repository.js';
import { UsageRepository } from '../../storage/usage/usage.repository.js';
import { Periodic } from './periodic.js';

const EVERY_MS = 60_000;
const RETENTION_EVERY_MS = 600_000;
const ROLL_UP_BATCH = 5000;
const DAY_SECONDS = 86_400;

/** Sums up usage and removes what has had its day, of several instances one at a time. */
@Injectable()
export class HousekeepingService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodics: Periodic[];

  constructor(
    private readonly usage: UsageRepository,
    private readonly expiry: ExpiryRepository,
    private readonly metrics: PurgeMetrics,
    private readonly logger: Logger,
    { storage, security }: CozyConfig,
  ) {
    const onError = (error: unknown) => logger.warn('Housekeeping failed; it will be tried again', {}, error);
    const days = {
      deleted: storage.retention_deleted_days,
      usage: storage.retention_usage_days,
      deadLetters: storage.retention_dead_letter_days,
      apiKeys: storage.retention_api_key_days,
      refreshTokens: Math.ceil(security.access_token_ttl_seconds / DAY_SECONDS),
    };
    this.periodics = [
      new Periodic(() => this.tidy(), EVERY_MS, onError),
      new Periodic(async () => this.note(await expiry.deleteRetained(days)), RETENTION_EVERY_MS, onError),
    ];
  }

  onApplicationBootstrap(): void {
    for (const periodic of this.periodics) periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.periodics.map((periodic) => periodic.stop()));
  }

  private async tidy(): Promise<void> {
    while ((await this.usage.rollUp(ROLL_UP_BATCH)) === ROLL_UP_BATCH);
    this.note(await this.expiry.deleteExpired());
  }

  private note({ deleted, failures }: Purge): void {
    for (const [table, count] of deleted) this.metrics.deleted(table, count);
    for (const { table, error } of failures) {
      this.metrics.failed(table);
      this.logger.warn('Old rows could not be deleted; they will be tried again', { table }, error);
    }
  }
}
