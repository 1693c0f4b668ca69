import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { CanaryArm } from '../../core/domain/canary.js';
import { Logger } from '../../core/logging/logger.js';
import { CanaryMetrics } from '../../core/metrics/canary-metrics.js';
import { CanaryRuleRepository } from '../../storage/canary/canary-rule.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { breachOf, type CanaryBreach } from './canary-breach.js';
import { CanaryCountsService } from './canary-counts.service.js';
import type { ActiveRule } from './canary-rule-data.js';
import type { CanaryOutcome } from './canary-window.js';

const RETRY_MS = 1000;

/**
 * Watches how variants do, and takes back the one that breaks its budget. Each instance judges, by what all have seen or,
 * while the database is away, by what it sees itself; the first that finds a breach ends the variant everywhere.
 */
@Injectable()
export class CanaryWatchService implements OnModuleDestroy {
  /** Taken back here, whether or not the database knows it yet. */
  private readonly ended = new WeakSet<ActiveRule>();
  private readonly retries = new Set<NodeJS.Timeout>();

  constructor(
    private readonly repository: CanaryRuleRepository,
    private readonly audit: AuditService,
    private readonly metrics: CanaryMetrics,
    private readonly counts: CanaryCountsService,
    private readonly logger: Logger,
  ) {
    counts.onNews((active) => this.judge(active));
  }

  onModuleDestroy(): void {
    for (const retry of this.retries) clearTimeout(retry);
  }

  isOver(active: ActiveRule): boolean {
    return this.ended.has(active);
  }

  note(active: ActiveRule, arm: CanaryArm, outcome: CanaryOutcome): void {
    const { feature, budget } = active.rule;
    this.metrics.turn(feature, arm, outcome.failed, outcome.milliseconds);
    if (!budget || this.ended.has(active)) return;
    this.counts.add(active, budget, arm, outcome);
    if (arm === 'canary') this.judge(active);
  }

  private judge(active: ActiveRule): void {
    const { budget } = active.rule;
    if (!budget || this.ended.has(active)) return;
    const { base, canary } = this.counts.totals(active);
    const breach = breachOf(budget, base, canary);
    if (breach) this.end(active, breach);
  }

  private end(active: ActiveRule, breach: CanaryBreach): void {
    this.ended.add(active);
    this.logger.warn('A canary breaks its budget and is rolled back', { feature: active.rule.feature, ...breach });
    void this.tell(active, breach);
  }

  /** So that it is off on all instances, and stays off. */
  private async tell(active: ActiveRule, breach: CanaryBreach): Promise<void> {
    const { feature } = active.rule;
    const { data: rule, updatedAt } = active;
    try {
      // Where somebody was faster, they have put it on record.
      if (!(await this.repository.rollBack({ feature, rule, updatedAt }, breach.cause))) return;
    } catch (error) {
      this.logger.error('A canary that was rolled back could not be stored; tried again', { feature }, error);
      const retry = setTimeout(() => {
        this.retries.delete(retry);
        void this.tell(active, breach);
      }, RETRY_MS);
      this.retries.add(retry.unref());
      return;
    }
    this.metrics.rolledBack(feature, breach.cause);
    this.audit.note({
      action: 'canary.rolled_back',
      outcome: 'success',
      level: 'warning',
      actorId: null,
      requestId: null,
      subject: feature,
      details: breach,
    });
  }
}
