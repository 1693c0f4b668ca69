import type { CanaryArm, CanaryVariant } from '../../core/domain/canary.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { CanaryReason, CanaryVerdict } from './canary-decision.js';
import type { ActiveRule } from './canary-rule-data.js';
import type { CanaryWatchService } from './canary-watch.service.js';

/** What a rule decided for one turn. */
export interface CanaryDecision extends CanaryVerdict {
  active: ActiveRule;
}

/** A decision as callers, logs and stored messages see it. */
export interface CanaryNote {
  feature: string;
  variant: CanaryArm;
  reason: CanaryReason;
}

/** How a turn ended; `milliseconds` until the model was done, `firstTokenMs` until it began, where it was seen to. */
export interface TrialEnd {
  error: CozyError | undefined;
  isWhole: boolean;
  milliseconds: number;
  firstTokenMs: number | undefined;
}

const UNMEASURED = { milliseconds: undefined, firstTokenMs: undefined };

/** The earlier server that a decision sends its HTTP chat request to. */
export function upstreamOf({ active: { rule }, arm, reason }: CanaryDecision): string | undefined {
  if (reason === 'unavailable') return undefined;
  return arm === 'canary' ? rule.variant.upstream : rule.base_upstream;
}

/** What the canary rules mean for one turn. It keeps the rules that it began with. */
export class CanaryTrial {
  constructor(
    readonly decisions: readonly CanaryDecision[],
    private readonly watch: Pick<CanaryWatchService, 'note'>,
  ) {}

  get notes(): CanaryNote[] {
    return this.decisions.map(({ active, arm, reason }) => ({ feature: active.rule.feature, variant: arm, reason }));
  }

  /** Of several features, the first by name decides what both would change; provider and model go together. */
  get overrides(): Pick<CanaryVariant, 'personality' | 'provider' | 'model'> {
    const variants = this.decisions.filter(({ arm }) => arm === 'canary').map(({ active }) => active.rule.variant);
    const { provider, model } = variants.find((variant) => variant.provider ?? variant.model) ?? {};
    const personality = variants.find((variant) => variant.personality)?.personality;
    return { ...(personality && { personality }), ...(provider && { provider }), ...(model && { model }) };
  }

  /** The same turn with another's decisions too. */
  with(others: readonly CanaryDecision[]): CanaryTrial {
    return others.length === 0 ? this : new CanaryTrial([...others, ...this.decisions], this.watch);
  }

  /** Those variants cannot do what the request asks for: it gets what it would have got without them. */
  declinedWhere(isUnfit: (decision: CanaryDecision) => boolean): CanaryTrial {
    const decisions = this.decisions.map((decision): CanaryDecision => {
      return isUnfit(decision) ? { ...decision, arm: 'base', reason: 'unavailable' } : decision;
    });
    return new CanaryTrial(decisions, this.watch);
  }

  /** Once a rule sends a request away, those after it have no say. */
  through(last: CanaryDecision): CanaryTrial {
    return new CanaryTrial(this.decisions.slice(0, this.decisions.indexOf(last) + 1), this.watch);
  }

  /** Call once. What a caller did wrong, or walked away from, is no fault of a variant. */
  ended({ error, isWhole, milliseconds, firstTokenMs }: TrialEnd): void {
    const failed = error !== undefined && (error.row.status >= 500 || error.code.startsWith('ENGINE_'));
    const outcome = { failed, ...(isWhole && !error ? { milliseconds, firstTokenMs } : UNMEASURED) };
    for (const { active, arm, reason } of this.decisions) {
      // Those are no fair part of either side.
      if (reason !== 'unavailable') this.watch.note(active, arm, outcome);
    }
  }
}
