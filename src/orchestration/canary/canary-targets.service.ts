import { Injectable } from '@nestjs/common';
import type { CanaryRule } from '../../core/domain/canary.js';
import type { Flaw } from '../../core/util/strict-validation.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import { LegacyUpstreams } from '../../engines/ai/legacy/legacy-upstreams.port.js';
import { PersonalityService } from '../personalities/personality.service.js';

/** What rules name, and whether it is there. */
@Injectable()
export class CanaryTargets {
  constructor(
    private readonly personalities: PersonalityService,
    private readonly ai: AiCatalog,
    private readonly upstreams: LegacyUpstreams,
  ) {}

  /** What is wrong with a rule that reads well: names of what does not exist, and what goes together with nothing. */
  flaws({ variant, personalities, budget, base_upstream: base }: CanaryRule): Flaw[] {
    const ids = this.personalities.list().map(({ id }) => id);
    const providers = this.ai.engines.map((engine) => engine.provider);
    const { names } = this.upstreams;
    return [
      ...unknownName('variant.personality', variant.personality, ids),
      ...unknownName('variant.provider', variant.provider, providers),
      ...unknownName('variant.upstream', variant.upstream, names),
      ...unknownName('base_upstream', base, names),
      ...personalities.flatMap((id) => unknownName('personalities', id, ids)),
      ...this.modelFlaws(variant),
      ...budgetFlaws(budget),
    ];
  }

  /** Whether all that the variant names is there now: personalities come and go with reloads. */
  has(variant: CanaryRule['variant']): boolean {
    const { personality } = variant;
    return (personality === undefined || this.personalities.find(personality) !== undefined) && this.hasModel(variant);
  }

  private hasModel({ provider, model }: CanaryRule['variant']): boolean {
    const engines = provider === undefined ? this.ai.engines : [this.ai.get(provider)];
    return engines.some((engine) => engine !== undefined && (model === undefined || engine.allows(model)));
  }

  private modelFlaws(variant: CanaryRule['variant']): Flaw[] {
    const { personality, provider, model, upstream } = variant;
    if (upstream !== undefined && (personality ?? provider ?? model) !== undefined) {
      return [{ path: 'variant.upstream', reason: 'cannot go with personality, provider or model; make two rules' }];
    }
    const isUnknown = provider !== undefined && this.ai.get(provider) === undefined;
    if (model === undefined || isUnknown || this.hasModel(variant)) return [];
    const whose = provider === undefined ? 'any provider' : `the provider ${provider}`;
    return [{ path: 'variant.model', reason: `"${model}" is not allowed by ${whose} (engines.yaml: models)` }];
  }
}

function unknownName(path: string, name: string | undefined, known: readonly string[]): Flaw[] {
  if (name === undefined || known.includes(name)) return [];
  const hint = known.length > 0 ? `known: ${known.join(', ')}` : 'none is configured';
  return [{ path, reason: `"${name}" is unknown; ${hint}` }];
}

const LIMITS = ['max_error_rate_delta', 'max_latency_ratio', 'max_first_token_ratio'] as const;

function budgetFlaws(budget: CanaryRule['budget']): Flaw[] {
  if (!budget || LIMITS.some((limit) => budget[limit] !== undefined)) return [];
  return [{ path: 'budget', reason: `must state one of ${LIMITS.join(', ')}, or more` }];
}
