import { Injectable } from '@nestjs/common';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { MediaEngine } from '../../engines/media/media.port.js';
import { HealthRepository } from '../../storage/health/health.repository.js';
import { AuditStanding } from '../audit/audit-standing.js';
import { JobQueue } from '../jobs/job.queue.js';

/** Checks that throw when they fail; the edge puts them together. */
@Injectable()
export class HealthService {
  constructor(
    private readonly stores: HealthRepository,
    private readonly queue: JobQueue,
    private readonly lifecycle: Lifecycle,
    private readonly audit: AuditStanding,
    private readonly media: MediaEngine,
  ) {}

  get draining(): boolean {
    return this.lifecycle.draining;
  }

  get parts(): { database: string; queue: string; media: string } {
    return {
      database: this.stores.databaseKind,
      queue: this.stores.redisConfigured ? 'redis' : 'postgres',
      media: this.media.isAvailable ? this.media.provider : 'unavailable',
    };
  }

  /** What the last check of the audit chain found. */
  get auditChain(): AuditStanding['chain'] {
    return this.audit.chain;
  }

  /** What readiness asks, by name. The model is not among them: chats degrade, the server stays. */
  get checks(): Record<string, () => Promise<void>> {
    return {
      database: () => this.stores.pingDatabase(),
      migrations: () => this.stores.checkMigrations(),
      queue: () => this.queue.ping(),
      ...(this.stores.redisConfigured && { redis: () => this.stores.pingRedis() }),
    };
  }
}
