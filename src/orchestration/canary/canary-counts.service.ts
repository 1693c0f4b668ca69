import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { CanaryArm, CanaryBudget } from '../../core/domain/canary.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { Logger } from '../../core/logging/logger.js';
import { withDeadline } from '../../core/util/deadline.js';
import { CanaryCountRepository } from '../../storage/canary/canary-count.repository.js';
import { Periodic } from '../jobs/periodic.js';
import type { ActiveRule } from './canary-rule-data.js';
import { CanaryRulesService } from './canary-rules.service.js';
import {
  type CanaryOutcome,
  CanaryWindow,
  nothing,
  type SharedSlice,
  type SideTotals,
  together,
} from './canary-window.js';

const SHARE_EVERY_MS = 1000;
/** What others have told counts as long as this: without news, an instance goes by what it sees itself. */
const OTHERS_ARE_NEWS_MS = 5000;
const LAST_SHARE_MS = 1000;

interface Counted {
  budget: CanaryBudget;
  version: string;
  window: CanaryWindow;
  /** Whether there is something that the others have not been told. */
  isNew: boolean;
  others: { totals: SideTotals; at: number };
}

const late = () => new Error('The database took too long');

/** The same on every instance that has the same rule in force. */
const versionOf = ({ updatedAt, data }: ActiveRule): string =>
  updatedAt?.toISOString() ?? createHash('sha256').update(JSON.stringify(data)).digest('hex');

/**
 * How the variants of rules with a budget do, on all instances together. They tell each other about once a second,
 * beside the turns and only while there are any; while the database is away each knows but its own.
 */
@Injectable()
export class CanaryCountsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly counted = new Map<ActiveRule, Counted>();
  private readonly sharing: Periodic;
  private listener: (active: ActiveRule) => void = () => undefined;

  constructor(
    private readonly counts: CanaryCountRepository,
    private readonly rules: CanaryRulesService,
    private readonly lifecycle: Lifecycle,
    private readonly logger: Logger,
  ) {
    this.sharing = new Periodic(
      () => this.share(),
      SHARE_EVERY_MS,
      (error) => logger.warn('Counts of canaries cannot be shared; judging by this instance alone', {}, error),
    );
  }

  onApplicationBootstrap(): void {
    this.sharing.start();
  }

  /** With what this instance has seen last, which may be why it ends. */
  async onModuleDestroy(): Promise<void> {
    await this.sharing.stop();
    const never = new AbortController().signal;
    await withDeadline(never, LAST_SHARE_MS, () => this.share(), late).catch((error: unknown) => {
      this.logger.warn('The last counts of canaries could not be shared', {}, error);
    });
  }

  /** Called with a rule whose counts of other instances have come. */
  onNews(listener: (active: ActiveRule) => void): void {
    this.listener = listener;
  }

  add(active: ActiveRule, budget: CanaryBudget, arm: CanaryArm, outcome: CanaryOutcome): void {
    const counted = this.counted.get(active) ?? this.begin(active, budget);
    counted.window.add(arm, outcome, Date.now());
    counted.isNew = true;
  }

  totals(active: ActiveRule): SideTotals {
    const counted = this.counted.get(active);
    if (!counted) return nothing();
    const now = Date.now();
    const { window, others } = counted;
    const areNews = now - others.at < OTHERS_ARE_NEWS_MS;
    return areNews ? together([window.totals(now), others.totals]) : window.totals(now);
  }

  private begin(active: ActiveRule, budget: CanaryBudget): Counted {
    const others = { totals: nothing(), at: 0 };
    const window = new CanaryWindow(budget.window_seconds);
    const counted = { budget, version: versionOf(active), window, isNew: true, others };
    this.counted.set(active, counted);
    return counted;
  }

  /** First tells, then asks: of two that do it at once, at least one gets to know of both. */
  private async share(): Promise<void> {
    for (const active of this.counted.keys()) {
      if (this.rules.find(active.rule.feature) !== active) this.counted.delete(active);
    }
    const news = [...this.counted].filter(([, { isNew }]) => isNew);
    if (news.length === 0) return;
    const { instanceId } = this.lifecycle;
    const told = news.map(([{ rule }, counted]) => {
      const { version, window, budget } = counted;
      counted.isNew = false;
      return {
        feature: rule.feature,
        version,
        slices: window.shared(Date.now()),
        ttlSeconds: budget.window_seconds,
      };
    });
    try {
      await this.counts.put(instanceId, told);
      this.hear(news, await this.counts.others<SharedSlice[]>(instanceId, told.map(ruleOf)));
    } catch (error) {
      for (const [, counted] of news) counted.isNew = true;
      throw error;
    }
  }

  private hear(
    news: [ActiveRule, Counted][],
    rows: { feature: string; version: string; slices: SharedSlice[] }[],
  ): void {
    const now = Date.now();
    for (const [active, counted] of news) {
      const { window, version } = counted;
      const { feature } = active.rule;
      const theirs = rows.filter((row) => row.feature === feature && row.version === version);
      // Judged by what is in force now: it may have been written anew while the question was on its way.
      if (this.rules.find(feature) !== active) continue;
      counted.others = { totals: together(theirs.map(({ slices }) => window.totalsOf(slices, now))), at: now };
      this.listener(active);
    }
  }
}

const ruleOf = ({ feature, version }: { feature: string; version: string }) => ({ feature, version });
