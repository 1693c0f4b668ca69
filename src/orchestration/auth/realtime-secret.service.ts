import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { newId, randomToken } from '../../core/util/ids.js';
import { RealtimeSecretRepository } from '../../storage/realtime-secrets/realtime-secret.repository.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import { RateLimitService } from '../limits/rate-limit.service.js';
import { type SocketAccess, SocketAccessService } from './socket-access.service.js';

/** OpenAI's own, which its clients look for. */
const PREFIX = 'ek_';
export const LONGEST_SECRET_SECONDS = 60;

/** What a call that is opened with a secret is to be like; whoever holds the secret cannot change it. */
export type CallWish = Record<string, unknown>;

const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * Secrets for a browser that is to call by itself: each opens one call of its user, within a minute, and is worth nothing
 * after. The call lives as long as the sign-in or the key behind it.
 */
@Injectable()
export class RealtimeSecretService {
  constructor(
    private readonly secrets: RealtimeSecretRepository,
    private readonly users: UserRepository,
    private readonly access: SocketAccessService,
    private readonly limits: RateLimitService,
  ) {}

  isSecret(credential: string | undefined): boolean {
    return credential?.startsWith(PREFIX) === true;
  }

  /** @param ttlSeconds a minute at most. */
  async issue(
    { userId, scopes, credentialId }: Principal,
    wish: CallWish,
    ttlSeconds: number,
  ): Promise<{ secret: string; expiresAt: Date }> {
    const state = await this.users.signInState(userId, null);
    if (!state) throw new CozyError('AUTH_TOKEN_INVALID');
    const secret = PREFIX + randomToken();
    const row = {
      id: newId(),
      userId,
      credentialId,
      isApiKey: scopes !== null,
      tokenVersion: state.tokenVersion,
      wish,
    };
    const ttl = Math.min(ttlSeconds, LONGEST_SECRET_SECONDS);
    return { secret, expiresAt: await this.secrets.save({ ...row, secretHash: hashOf(secret) }, ttl) };
  }

  /**
   * Whoever may make a call with this credential: a secret, an access token, an API key or a ticket. `wish` is null where it
   * is no secret. Throws an AUTH_* error, or RATE_LIMIT_EXCEEDED.
   * @param address of the client, whose attempts are limited before its credential is looked at.
   */
  async admit(
    credential: string | undefined,
    address: string,
  ): Promise<{ access: SocketAccess; wish: CallWish | null }> {
    if (!this.isSecret(credential)) return { access: await this.access.admit(credential, address), wish: null };
    await this.limits.address(address);
    const row = await this.secrets.take(hashOf(credential ?? ''));
    if (!row) throw new CozyError('AUTH_TOKEN_INVALID', { message: USED });
    if (row.isExpired) throw new CozyError('AUTH_TOKEN_EXPIRED', { message: EXPIRED });
    const { wish, ...claims } = row;
    return { access: await this.access.reopen(claims), wish };
  }
}

const USED = 'This secret was used before, or is none. Ask for a new one.';
const EXPIRED = 'This secret has expired. Ask for a new one.';
