import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import type { AiEngine } from '../../engines/ai/ai.port.js';
import { CanaryService } from '../canary/canary.service.js';
import { type CanaryDecision, CanaryTrial } from '../canary/canary-trial.js';
import { PersonalityService } from '../personalities/personality.service.js';

/** A model name of the form `cozy/<personality id>` stands for the personality. */
export const PERSONALITY_MODEL_PREFIX = 'cozy/';

export interface TurnPlan {
  personality: Personality;
  engine: AiEngine;
  model: string;
}

/** A plan for a turn of somebody, the canary rules applied. */
export interface TriedPlan extends TurnPlan {
  /** Whom the caller or the session asked for: what a session is begun with. */
  asked: Personality;
  trial: CanaryTrial;
}

interface Wish {
  model: string | undefined;
  personalityId: string | undefined;
  /** The personality that the session was begun with. */
  sessionPersonalityId: string | undefined;
}

/** Whose turn it is, for the canary rules. */
interface Trying {
  userId: string;
  sessionId: string | null;
  /** What has been decided before, as in the command. */
  decided: readonly CanaryDecision[] | undefined;
  upstream: AiEngine | undefined;
  /** Whether the plan is good enough for the request. */
  suits?: (plan: TurnPlan) => boolean;
}

/** Decides who answers: which personality, by which provider and model. */
@Injectable()
export class TurnPlanService {
  constructor(
    private readonly personalities: PersonalityService,
    private readonly ai: AiCatalog,
    private readonly canary: CanaryService,
  ) {}

  /** A turn's plan: as `plan`, with what the canary rules change for this user or session. */
  planFor({ userId, sessionId, decided, upstream, suits }: Trying, wish: Wish): TriedPlan {
    const asked = this.personalityOf(wish);
    if (upstream) return { ...planThere(upstream, asked, wish), asked, trial: this.canary.decided(decided ?? []) };
    const trial = this.canary.try({ userId, sessionId }, () => asked.id, decided);
    const tried = this.changed(trial.overrides, asked, wish);
    if (tried && (!suits || suits(tried))) return { ...tried, asked, trial };
    return {
      ...this.planBy(asked, wish),
      asked,
      trial: tried ? trial.declinedWhere(({ arm }) => arm === 'canary') : trial,
    };
  }

  /** Without the canary rules. */
  plan(wish: Wish): TurnPlan {
    return this.planBy(this.personalityOf(wish), wish);
  }

  /** The personality that a request names, whether or not there is one; the default's where it names none. */
  askedId({ model, personalityId }: Pick<Wish, 'model' | 'personalityId'>): string {
    if (personalityId) return personalityId;
    if (model?.startsWith(PERSONALITY_MODEL_PREFIX)) return model.slice(PERSONALITY_MODEL_PREFIX.length);
    return this.personalities.default.id;
  }

  /** Undefined where the rules change nothing. */
  private changed(overrides: CanaryTrial['overrides'], asked: Personality, wish: Wish): TurnPlan | undefined {
    const { provider, model } = overrides;
    if (Object.keys(overrides).length === 0) return undefined;
    const personality = (overrides.personality && this.personalities.find(overrides.personality)) || asked;
    const named = provider === undefined ? undefined : this.ai.get(provider);
    if (model === undefined) return this.planBy(personality, wish, named);
    const standard = this.planBy(personality, { ...wish, model: undefined });
    const engine =
      named ?? [standard.engine, this.ai.default, ...this.ai.engines].find((candidate) => candidate.allows(model));
    return engine && { personality, engine, model };
  }

  /** @param provider who is to answer, whatever the personality prefers. */
  private planBy(personality: Personality, { model }: Pick<Wish, 'model'>, provider?: AiEngine): TurnPlan {
    const own = personality.ai.provider ? this.ai.get(personality.ai.provider) : undefined;
    const engine = provider ?? own ?? this.ai.default;
    const isNamed = model !== undefined && !model.startsWith(PERSONALITY_MODEL_PREFIX);
    if (!isNamed || (provider && !provider.allows(model))) {
      return { personality, engine, model: preferredModel(personality, engine) };
    }
    const able = [engine, this.ai.default, ...this.ai.engines].find((candidate) => candidate.allows(model));
    if (!able) throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
    return { personality, engine: able, model };
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

/** Which models there are is for the earlier server to say; one that is not named goes by the server's name. */
function planThere(engine: AiEngine, personality: Personality, { model }: Wish): TurnPlan {
  const isNamed = model !== undefined && !model.startsWith(PERSONALITY_MODEL_PREFIX);
  return { personality, engine, model: isNamed ? model : engine.defaultModel };
}

function preferredModel({ ai: { model } }: Personality, engine: AiEngine): string {
  return model && engine.allows(model) ? model : engine.defaultModel;
}
