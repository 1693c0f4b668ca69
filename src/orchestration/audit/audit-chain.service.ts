import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { AuditMetrics } from '../../core/metrics/audit-metrics.js';
import {
  AuditChainRepository,
  type AuditCheckpointText,
  type AuditLink,
  type AuditRefusal,
  type LockedHead,
} from '../../storage/audit/audit-chain.repository.js';
import { AuditInboxRepository } from '../../storage/audit/audit-inbox.repository.js';
import { Periodic } from '../jobs/periodic.js';
import { link, signCheckpoint } from './audit-chain.js';
import { refusalDetails, refusalEvent, sift } from './audit-seal.js';
import { BrokenChainError, trustedHead } from './audit-state.js';
import { AuditVault } from './audit-vault.service.js';
import { exportedForm } from './checkpoint-file.adapter.js';

const EVERY_MS = 1000;
const BATCH = 500;
const MOST_BACKLOG = 10_000;
const CHECKPOINT_LOOK_MS = 60_000;

/** Moves events from the inbox into the chain and signs checkpoints. Several instances take turns on the head's lock. */
@Injectable()
export class AuditChainService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly periodic: Periodic;
  private lookedAt = 0;
  private sinceLook = 0;
  private complaint = '';

  constructor(
    private readonly inbox: AuditInboxRepository,
    private readonly chain: AuditChainRepository,
    private readonly vault: AuditVault,
    private readonly metrics: AuditMetrics,
    private readonly logger: Logger,
  ) {
    this.periodic = new Periodic(
      () => this.work(),
      EVERY_MS,
      (error) => this.complain(error),
    );
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.periodic.stop();
  }

  /** Chains all that waits, and signs a checkpoint if one is due. */
  async work(): Promise<void> {
    const backlog = await this.inbox.backlog(MOST_BACKLOG, this.vault.keys.ids);
    this.metrics.backlog(backlog);
    if (backlog > 0) await this.chainAll();
    const isDue = this.sinceLook >= this.vault.checkpointEvents || Date.now() - this.lookedAt >= CHECKPOINT_LOOK_MS;
    if (isDue) await this.checkpoint();
    this.complaint = '';
  }

  private async chainAll(): Promise<void> {
    const { keys, genesis } = this.vault;
    let moved;
    do {
      moved = await this.chain.extend(BATCH, genesis, keys.ids, this.linkSound);
      this.sinceLook += moved.taken;
      if (moved.refused.length > 0) this.tellRefused(moved.refused);
    } while (moved.taken === BATCH);
    this.metrics.backlog(0);
  }

  /** What none of us wrote is not signed; that it was there is put on record in its place. */
  private readonly linkSound: AuditLink = (state, events, twice) => {
    const { keys } = this.vault;
    const head = trustedHead(keys, state);
    const { sound, refused } = sift(keys, events);
    const fresh = sound.filter(({ id }) => !twice.has(id));
    return { ...link(keys, head, refused.length > 0 ? [...fresh, refusalEvent(refused)] : fresh), refused };
  };

  private tellRefused(refused: AuditRefusal[]): void {
    this.metrics.failed('refused', refused.length);
    this.logger.critical('Audit events in the inbox were refused: they were changed, or written by somebody else', {
      ...refusalDetails(refused),
    });
  }

  private async checkpoint(): Promise<void> {
    const made = await this.chain.checkpoint(this.vault.genesis, (state, last) => this.dueCheckpoint(state, last));
    this.lookedAt = Date.now();
    this.sinceLook = 0;
    if (!made) return;
    const exported = exportedForm(made);
    this.logger.info('Audit checkpoint', exported);
    try {
      await this.vault.file.append(made);
    } catch (error) {
      this.metrics.failed('checkpoint');
      this.logger.error('An audit checkpoint could not be written to its file; it is in the log', exported, error);
    }
  }

  private dueCheckpoint(state: LockedHead, last: AuditCheckpointText | undefined): AuditCheckpointText | undefined {
    const { keys, checkpointEvents, checkpointMs } = this.vault;
    const head = trustedHead(keys, state);
    const since = Number(head.seq) - Number(last?.seq ?? 0);
    const ageMs = Date.now() - Number(last?.createdAt ?? 0) / 1000;
    const isDue = since >= checkpointEvents || (since > 0 && ageMs >= checkpointMs);
    return isDue ? signCheckpoint(keys, head, new Date()) : undefined;
  }

  /** Events stay safe in the inbox meanwhile. What is wrong is said once, not every second. */
  private complain(error: unknown): void {
    this.metrics.failed('chain');
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.complaint) return;
    this.complaint = message;
    if (error instanceof BrokenChainError) {
      this.metrics.chainBroken(true);
      this.logger.critical('The audit chain is broken; events wait in the inbox', { problem: message });
    } else this.logger.warn('Audit events could not be chained; trying again', {}, error);
  }
}
