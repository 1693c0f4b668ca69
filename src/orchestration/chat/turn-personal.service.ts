import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Personalization, PersonalizationService } from '../../context/personalization.service.js';
import type { Personality } from '../../core/domain/personality.js';
import type { ChatCommand } from './chat-command.js';
import { TurnPlanService } from './turn-plan.service.js';

/** Gives what was looked up, once it is certain who answers. */
export type LookUp = (personality: Personality) => Promise<Personalization>;

/**
 * Begins to ask the engines beside the database, where it is known already who answers: without a session the request
 * says it, with one an earlier turn on this instance has seen it.
 */
@Injectable()
export class TurnPersonalService {
  private readonly personalityOf = new LRUCache<string, string>({ max: 50_000 });

  constructor(
    private readonly plans: TurnPlanService,
    private readonly personal: PersonalizationService,
  ) {}

  /** @param text the new message. */
  begin(command: ChatCommand, text: string, signal: AbortSignal): LookUp {
    const { principal, sessionId, personalize: wanted } = command;
    const gather = (personality: Personality) =>
      this.personal.gather(
        { userId: principal.userId, sessionId: sessionId ?? null, personality, text, wanted },
        signal,
      );
    const known = this.known(command);
    const early = known && gather(known);
    return (personality) => {
      if (sessionId) this.personalityOf.set(sessionId, personality.id);
      return early && known === personality ? early : gather(personality);
    };
  }

  private known({ model, personalityId, sessionId }: ChatCommand): Personality | undefined {
    const sessionPersonalityId = sessionId ? this.personalityOf.get(sessionId) : undefined;
    if (sessionId && sessionPersonalityId === undefined) return undefined;
    return this.plans.plan({ model, personalityId, sessionPersonalityId }).personality;
  }
}
