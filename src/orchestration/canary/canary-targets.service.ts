import { Injectable } from '@nestjs/common';
import type { CanaryRule } from '../../core/domain/canary.js';
import type { Flaw } from '../../core/util/strict-validation.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import { LegacyUpstreams } from '../../engines/legacy/legacy-upstreams.port.js';
import { PersonalityService } from '../personalities/personality.service.js';

const known = (names: readonly string[]) => (names.length > 0 ? `known: ${names.join(', ')}` : 'none is configured');

/** What rules name, and whether it is there. */
@Injectable()
export class CanaryTargets {
  constructor(
    private readonly personalities: PersonalityService,
    private readonly ai: AiCatalog,
    private readonly upstreams: LegacyUpstreams,
  ) {}

  /** What is wrong with a rule that reads well: names of what does not exist, and what goes together with nothing. */
  flaws({ variant, personalities, budget }: CanaryRule): Flaw[] {
    const flaws = this.variantFlaws(variant);
    const ids = this.personalities.list().map(({ id }) => id);
    for (const id of personalities) {
      if (!ids.includes(id))
        flaws.push({ path: 'personalities', reason: `names "${id}", which is unknown; ${known(ids)}` });
    }
    if (budget && budget.max_error_rate_delta === undefined && budget.max_latency_ratio === undefined) {
      flaws.push({ path: 'budget', reason: 'must state max_error_rate_delta, max_latency_ratio or both' });
    }
    return flaws;
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

  private variantFlaws(variant: CanaryRule['variant']): Flaw[] {
    const { personality, provider, model, upstream } = variant;
    const ids = this.personalities.list().map(({ id }) => id);
    const providers = this.ai.engines.map((engine) => engine.provider);
    const flaws: Flaw[] = [];
    const unknown = (key: string, name: string, names: readonly string[]) =>
      flaws.push({ path: `variant.${key}`, reason: `"${name}" is unknown; ${known(names)}` });
    if (personality !== undefined && !ids.includes(personality)) unknown('personality', personality, ids);
    if (provider !== undefined && !providers.includes(provider)) unknown('provider', provider, providers);
    else if (model !== undefined && !this.hasModel(variant)) {
      const whose = provider === undefined ? 'any provider' : `the provider ${provider}`;
      flaws.push({ path: 'variant.model', reason: `"${model}" is not allowed by ${whose} (engines.yaml: models)` });
    }
    const { names } = this.upstreams;
    if (upstream !== undefined && !names.includes(upstream)) unknown('upstream', upstream, names);
    if (upstream !== undefined && (personality ?? provider ?? model) !== undefined) {
      flaws.push({ path: 'variant.upstream', reason: 'cannot go with personality, provider or model; make two rules' });
    }
    return flaws;
  }
}
