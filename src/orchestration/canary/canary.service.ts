import { Injectable } from '@nestjs/common';
import { CanaryRule } from '../../core/domain/canary.js';
import { AppSection } from '../../core/config/sections/app.section.js';
import { type CanarySituation, decideCanary } from './canary-decision.js';
import type { ActiveRule } from './canary-rule-data.js';
import { CanaryRulesService } from './canary-rules.service.js';
import { CanaryTargets } from './canary-targets.service.js';
import { type CanaryDecision, CanaryTrial, upstreamOf } from './canary-trial.js';
import { CanaryWatchService } from './canary-watch.service.js';

type Turn = Pick<CanarySituation, 'userId' | 'sessionId'>;
/** Asked only where there is a rule to be decided. */
type PersonalityOf = () => string;

const leadsAway = ({ variant, base_upstream: base }: CanaryRule) => (variant.upstream ?? base) !== undefined;

const leaves = (decision: CanaryDecision) => upstreamOf(decision) !== undefined;

const offRule = (rule: CanaryRule): CanaryRule => Object.assign(new CanaryRule(), rule, { enabled: false });

/** Which variants a turn gets. */
@Injectable()
export class CanaryService {
  constructor(
    private readonly rules: CanaryRulesService,
    private readonly targets: CanaryTargets,
    private readonly watch: CanaryWatchService,
    private readonly app: AppSection,
  ) {}

  /**
   * By the rules that change who answers here.
   *
   * @param decided by the rules that lead away. Undefined where the turn cannot be handed on: who would have gone stays.
   */
  try(turn: Turn, personalityOf: PersonalityOf, decided?: readonly CanaryDecision[]): CanaryTrial {
    const others = decided ?? this.tryUpstreams(turn, personalityOf).declinedWhere(leaves).decisions;
    return this.trial(turn, personalityOf, ({ rule }) => !leadsAway(rule)).with(others);
  }

  /** By what has been decided already, and nothing else. */
  decided(decisions: readonly CanaryDecision[]): CanaryTrial {
    return new CanaryTrial(decisions, this.watch);
  }

  /** By the rules that send a request to another server. */
  tryUpstreams(turn: Turn, personalityOf: PersonalityOf): CanaryTrial {
    return this.trial(turn, personalityOf, ({ rule }) => leadsAway(rule));
  }

  private trial(turn: Turn, personalityOf: PersonalityOf, concerns: (active: ActiveRule) => boolean): CanaryTrial {
    const rules = this.rules.list().filter(concerns);
    if (rules.length === 0) return new CanaryTrial([], this.watch);
    const situation = { ...turn, personalityId: personalityOf(), environment: this.app.env };
    return new CanaryTrial(
      rules.flatMap((active) => this.decide(active, situation) ?? []),
      this.watch,
    );
  }

  private decide(active: ActiveRule, situation: CanarySituation): CanaryDecision | undefined {
    const rule = this.watch.isOver(active) ? offRule(active.rule) : active.rule;
    const verdict = decideCanary(rule, situation);
    if (!verdict) return undefined;
    const isThere = verdict.arm === 'base' || this.targets.has(rule.variant);
    return { active, ...(isThere ? verdict : { arm: 'base', reason: 'unavailable' }) };
  }
}
