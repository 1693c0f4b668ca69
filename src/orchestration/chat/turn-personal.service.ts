import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type Personalization, PersonalizationService } from '../../context/personalization.service.js';
import type { Personality } from '../../core/domain/personality.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import { AuditService } from '../audit/audit.service.js';
import { type ChatCommand, tryingOf } from './chat-command.js';
import { type TriedPlan, TurnPlanService } from './turn-plan.service.js';

/** Gives what was looked up, once it is certain who answers. */
export type LookUp = (plan: TriedPlan) => Promise<Personalization>;

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
    private readonly engines: PersonalEngines,
    private readonly audit: AuditService,
  ) {}

  /** @param text the new message. */
  begin(command: ChatCommand, text: string, signal: AbortSignal): LookUp {
    const { principal, sessionId, upstream } = command;
    const wanted = command.personalize && upstream === undefined;
    const gather = (personality: Personality) =>
      this.personal.gather(
        { userId: principal.userId, sessionId: sessionId ?? null, personality, text, wanted },
        signal,
      );
    const known = this.known(command);
    const early = known && gather(known);
    return async ({ personality, asked }) => {
      if (sessionId) this.personalityOf.set(sessionId, asked.id);
      const found = await (early && known === personality ? early : gather(personality));
      this.noteDegradations(found.engines, personality);
      return found;
    };
  }

  /** The first of a kind in a minute is put on record, the others are counted. A caller who left is no degradation. */
  private noteDegradations(reports: Personalization['engines'], personality: Personality): void {
    for (const kind of ['knowledge', 'profile', 'memory'] as const) {
      const { status, reason } = reports[kind];
      if (status !== 'degraded' || reason === null || reason === 'cancelled') continue;
      const engine = this.engines[kind].of(personality[kind].provider);
      this.audit.degraded(kind, engine?.guard.provider ?? 'unknown', reason);
    }
  }

  private known(command: ChatCommand): Personality | undefined {
    const { model, personalityId, sessionId } = command;
    const sessionPersonalityId = sessionId ? this.personalityOf.get(sessionId) : undefined;
    if (sessionId && sessionPersonalityId === undefined) return undefined;
    return this.plans.planFor(tryingOf(command), { model, personalityId, sessionPersonalityId }).personality;
  }
}
