import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { newId } from '../../core/util/ids.js';
import { LONGEST_SECRET_SECONDS, RealtimeSecretService } from '../../orchestration/auth/realtime-secret.service.js';
import { callAddress } from './call-address.js';
import type { CallTargetDto } from './client-secret.dto.js';
import { RealtimeCalls } from './realtime-calls.js';
import { sessionBody, type SessionBody } from './session/session-body.js';

export interface IssuedSecret {
  value: string;
  /** Seconds since 1970. */
  expires_at: number;
  session: SessionBody;
}

interface SecretWish extends CallTargetDto {
  model?: unknown;
  session: Record<string, unknown>;
  ttlSeconds?: number;
}

/** Gives out secrets for one call each, of a personality, a session and settings that are known to be right. */
@Injectable()
export class ClientSecrets {
  constructor(
    private readonly secrets: RealtimeSecretService,
    private readonly calls: RealtimeCalls,
  ) {}

  /** Throws VALIDATION_FAILED, RESOURCE_PERSONALITY_NOT_FOUND, RESOURCE_SESSION_NOT_FOUND, RATE_LIMIT_EXCEEDED. */
  async issue(
    principal: Principal,
    { ttlSeconds = LONGEST_SECRET_SECONDS, ...wish }: SecretWish,
  ): Promise<IssuedSecret> {
    const { personality_id, session_id, session } = wish;
    const model = wish.model ?? session['model'];
    const address = callAddress({ model, personality_id, session_id });
    const personality = await this.calls.personalityFor(address, principal);
    const state = this.calls.sessionAt(personality, session);
    const kept = { model, personality_id: personality.id, session_id, session };
    const { secret, expiresAt } = await this.secrets.issue(principal, kept, ttlSeconds);
    const seconds = Math.floor(expiresAt.getTime() / 1000);
    const names = { id: `sess_${newId()}`, model: `cozy/${personality.id}`, expiresAt: seconds };
    return { value: secret, expires_at: seconds, session: sessionBody(state, names) };
  }
}
