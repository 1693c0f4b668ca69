import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { AuditMetrics } from '../../core/metrics/audit-metrics.js';
import { AuditChainRepository } from '../../storage/audit/audit-chain.repository.js';
import { Periodic } from '../jobs/periodic.js';
import { signHead } from './audit-chain.js';
import { trustedCheckpoint, trustedHead } from './audit-state.js';
import { AuditService } from './audit.service.js';
import { AuditVault } from './audit-vault.service.js';

const EVERY_MS = 3_600_000;

/** Removes what is older than `audit_retention_days`, a checkpoint at a time, and puts that on record. */
@Injectable()
export class AuditRetentionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly vault: AuditVault,
    private readonly audit: AuditService,
    metrics: AuditMetrics,
    logger: Logger,
  ) {
    this.periodic = new Periodic(
      () => this.trim(vault.retentionDays),
      EVERY_MS,
      (error) => {
        metrics.failed('retention');
        logger.error('Old audit events could not be removed; trying again in an hour', {}, error);
      },
    );
  }

  onApplicationBootstrap(): void {
    if (this.vault.retentionDays > 0) this.periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.periodic.stop();
  }

  /** The head then says, signed, that the chain begins behind the checkpoint. */
  async trim(days: number): Promise<void> {
    const { keys, genesis } = this.vault;
    let through: string | undefined;
    let removed;
    do {
      removed = await this.chain.trim(days, genesis, (state, checkpoint) => {
        const { seq, hash } = trustedHead(keys, state);
        const base = trustedCheckpoint(keys, checkpoint);
        return signHead(keys, { seq, hash, baseSeq: base.seq, baseHash: base.hash });
      });
      through = removed?.seq ?? through;
    } while (removed);
    if (through === undefined) return;
    await this.audit.record({
      action: 'audit.retention',
      outcome: 'success',
      actorId: null,
      requestId: null,
      details: { through_seq: through, days },
    });
  }
}
