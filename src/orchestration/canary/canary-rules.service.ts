import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ConfigError } from '../../core/config/load-config.js';
import { CanarySection } from '../../core/config/sections/canary.section.js';
import { Logger } from '../../core/logging/logger.js';
import { CanaryRuleRepository, type RuleInForce } from '../../storage/canary/canary-rule.repository.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';
import { type ActiveRule, fileRule, storedRule } from './canary-rule-data.js';
import { CanaryTargets } from './canary-targets.service.js';

/** While changes cannot be heard of, they are looked for. */
const LOOK_EVERY_MS = 500;

/**
 * The rules in force on this instance: those of the database, and of `canary.yaml` where it has none of the name. They
 * are read again whenever the database tells that one has changed; turns that run keep what was decided for them.
 */
@Injectable()
export class CanaryRulesService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ofFile: ReadonlyMap<string, ActiveRule>;
  private active: ReadonlyMap<string, ActiveRule>;
  /** Rows as they were last read, so that an unchanged rule stays the same object. */
  private read = new Map<string, { text: string; rule: ActiveRule | undefined }>();
  private reading: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | undefined;
  private isStale = false;
  private looking: NodeJS.Timeout | undefined;

  constructor(
    { rules }: CanarySection,
    targets: CanaryTargets,
    private readonly repository: CanaryRuleRepository,
    private readonly signals: SignalRepository,
    private readonly logger: Logger,
  ) {
    const problems = rules.flatMap((rule, index) =>
      targets.flaws(rule).map(({ path, reason }) => `canary.yaml: rules[${index}].${path} ${reason}`),
    );
    if (problems.length > 0) throw new ConfigError(problems);
    this.ofFile = new Map(rules.map((rule) => [rule.feature, fileRule(rule)]));
    this.active = this.ofFile;
    signals.on('canary-changed', () => void this.follow());
    signals.onReturn(() => void this.follow());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.reload();
    this.looking = setInterval(() => {
      if (this.isStale || !this.signals.live) void this.follow();
    }, LOOK_EVERY_MS);
    this.looking.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.looking);
  }

  /** By feature, in their order. */
  list(): ActiveRule[] {
    return [...this.active.values()];
  }

  find(feature: string): ActiveRule | undefined {
    return this.active.get(feature);
  }

  /** What `canary.yaml` says, whatever the database does. */
  get fileRules(): RuleInForce[] {
    return [...this.ofFile.values()].map(({ rule: { feature }, data }) => ({ feature, rule: data }));
  }

  /** Resolves when everything that was written before the call is in force here. */
  reload(): Promise<void> {
    // One that has begun may have read too early; the next one serves all who come meanwhile.
    this.waiting ??= this.reading
      .catch(() => undefined)
      .then(() => {
        this.waiting = undefined;
        this.reading = this.readAll();
        return this.reading;
      });
    return this.waiting;
  }

  private async follow(): Promise<void> {
    try {
      await this.reload();
      this.isStale = false;
    } catch (error) {
      if (!this.isStale) this.logger.warn('Canary rules could not be read; those known stay in force', {}, error);
      this.isStale = true;
    }
  }

  /** A rule that comes back after another is a new one: what the one before did is not held against it. */
  private again(feature: string, ofFile: ActiveRule): ActiveRule {
    const before = this.active.get(feature);
    return before?.source === 'file' ? before : fileRule(ofFile.rule);
  }

  private async readAll(): Promise<void> {
    const read: typeof this.read = new Map();
    const active = new Map([...this.ofFile].map(([feature, ofFile]) => [feature, this.again(feature, ofFile)]));
    for (const row of await this.repository.list()) {
      const text = JSON.stringify(row);
      const before = this.read.get(row.feature);
      const rule = before?.text === text ? before.rule : storedRule(row);
      read.set(row.feature, { text, rule });
      if (rule) active.set(row.feature, rule);
      else {
        active.delete(row.feature);
        if (before?.text !== text)
          this.logger.warn('A canary rule is not understood, so it is off', { feature: row.feature });
      }
    }
    this.read = read;
    this.active = new Map([...active].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
