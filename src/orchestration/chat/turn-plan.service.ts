import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import type { AiEngine } from '../../engines/ai/ai.port.js';
import { PersonalityService } from '../personalities/personality.service.js';

/** A model name of the form `cozy/<personality id>` stands for the personality. */
export const PERSONALITY_MODEL_PREFIX = 'cozy/';

export interface TurnPlan {
  personality: Personality;
  engine: AiEngine;
  model: string;
}

interface Wish {
  model: string | undefined;
  personalityId: string | undefined;
  /** The personality that the session was begun with. */
  sessionPersonalityId: string | undefined;
}

/** Decides who answers: which personality, by which provider and model. */
@Injectable()
export class TurnPlanService {
  constructor(
    private readonly personalities: PersonalityService,
    private readonly ai: AiCatalog,
  ) {}

  plan(wish: Wish): TurnPlan {
    const personality = this.personalityOf(wish);
    const own = personality.ai.provider ? this.ai.get(personality.ai.provider) : undefined;
    const engine = own ?? this.ai.default;
    const named = wish.model?.startsWith(PERSONALITY_MODEL_PREFIX) ? undefined : wish.model;
    if (named === undefined) {
      const preferred = personality.ai.model;
      return { personality, engine, model: preferred && engine.allows(preferred) ? preferred : engine.defaultModel };
    }
    const provider = [engine, this.ai.default, ...this.ai.engines].find((candidate) => candidate.allows(named));
    if (!provider) throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
    return { personality, engine: provider, model: named };
  }

  private personalityOf({ model, personalityId, sessionPersonalityId }: Wish): Personality {
    if (personalityId) return this.personalities.get(personalityId);
    if (model?.startsWith(PERSONALITY_MODEL_PREFIX)) {
      const personality = this.personalities.find(model.slice(PERSONALITY_MODEL_PREFIX.length));
      if (!personality) throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
      return personality;
    }
    // A session outlives its personality: where that was removed, the default one goes on.
    const own = sessionPersonalityId ? this.personalities.find(sessionPersonalityId) : undefined;
    return own ?? this.personalities.default;
  }
}
