import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { CanaryMetrics } from '../../core/metrics/canary-metrics.js';
import { CanaryRuleRepository } from '../../storage/canary/canary-rule.repository.js';
import type { AuditAction } from '../audit/audit-event.js';
import { AuditService } from '../audit/audit.service.js';
import { type ActiveRule, dataOf, invalidRule, readRule } from './canary-rule-data.js';
import { CanaryRulesService } from './canary-rules.service.js';
import { CanaryTargets } from './canary-targets.service.js';

const MOST_RULES = 200;
const MOST_LISTED_IN_AUDIT = 50;

const unknownFeature = () =>
  new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no canary rule of this feature.', param: 'feature' });

/** Changes of canary rules while servers run. Each is in force here when it is answered, and elsewhere at once. */
@Injectable()
export class CanaryAdminService {
  constructor(
    private readonly rules: CanaryRulesService,
    private readonly targets: CanaryTargets,
    private readonly repository: CanaryRuleRepository,
    private readonly audit: AuditService,
    private readonly metrics: CanaryMetrics,
  ) {}

  list(): ActiveRule[] {
    return this.rules.list();
  }

  get(feature: string): ActiveRule {
    const active = this.rules.find(feature);
    if (!active) throw unknownFeature();
    return active;
  }

  /** Throws VALIDATION_FAILED with all that is wrong. */
  async put(feature: string, body: unknown, admin: Principal): Promise<ActiveRule> {
    const rule = readRule(feature, body);
    const flaws = this.targets.flaws(rule);
    if (flaws.length > 0) throw invalidRule(flaws);
    if (!this.rules.find(feature) && this.rules.list().length >= MOST_RULES) {
      throw new CozyError('RESOURCE_LIMIT_REACHED', { message: `There may be ${MOST_RULES} canary rules at most.` });
    }
    const before = this.rules.find(feature);
    await this.repository.put(feature, dataOf(rule), admin.userId);
    await Promise.all([
      this.record('canary.change', feature, { before: before ? factsOf(before.rule) : null, after: factsOf(rule) }),
      this.rules.reload(),
    ]);
    return this.get(feature);
  }

  /** Returns the rule that is in force instead: the file's, or none. */
  async remove(feature: string): Promise<ActiveRule | undefined> {
    if (!(await this.repository.remove(feature))) throw this.notRemovable(feature);
    await this.rules.reload();
    const left = this.rules.find(feature);
    await this.record('canary.delete', feature, { after: left ? factsOf(left.rule) : null });
    return left;
  }

  /** Switches all features off, everywhere. Turns that run go on as they began. Returns what was on. */
  async rollBack(admin: Principal): Promise<string[]> {
    const features = await this.repository.rollBackAll(this.rules.fileRules, admin.userId);
    for (const feature of features) this.metrics.rolledBack(feature, 'manual');
    const details = { cause: 'manual', count: features.length, features: features.slice(0, MOST_LISTED_IN_AUDIT) };
    await Promise.all([
      this.audit.record({ action: 'canary.rolled_back', outcome: 'success', level: 'warning', details }),
      this.rules.reload(),
    ]);
    return features;
  }

  private notRemovable(feature: string): CozyError {
    if (!this.rules.find(feature)) return unknownFeature();
    return new CozyError('RESOURCE_NOT_FOUND', {
      message: 'This rule stands in canary.yaml only; PUT one with "enabled": false to switch it off.',
      param: 'feature',
    });
  }

  private async record(action: AuditAction, subject: string, details: object): Promise<void> {
    await this.audit.record({ action, outcome: 'success', level: 'warning', subject, details });
  }
}

/** Of lists their length only: they may hold thousands of ids. */
function factsOf(rule: ActiveRule['rule']): object {
  const { allow_list: allowed, block_list: blocked, feature: _feature, ...rest } = rule;
  return { ...rest, allow_list: allowed.length, block_list: blocked.length };
}
