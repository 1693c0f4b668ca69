import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid } from '../../core/util/ids.js';
import { AuditService } from '../audit/audit.service.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import { AccessTokenService } from './access-token.service.js';
import { API_KEY_PREFIX, ApiKeyService } from './api-key.service.js';

const CACHED_PRINCIPALS = 10_000;
/** How long an answer is believed at most; keys that expire by the clock alone are seen to then. */
const CACHE_MS = 5000;
/** Characters of credentials that were refused and are remembered: anybody may send many long ones. */
const REFUSED_CHARACTERS = 1_000_000;

/**
 * Finds out who is asking, from an access token or an API key. Answers and refusals are kept for a moment, and dropped when
 * the database tells that anything about the user's credentials has changed; while it cannot tell, nothing is kept.
 */
@Injectable()
export class PrincipalService {
  private readonly cache = new LRUCache<string, Principal>({ max: CACHED_PRINCIPALS, ttl: CACHE_MS });
  private readonly refused = new LRUCache<string, CozyError>({
    maxSize: REFUSED_CHARACTERS,
    sizeCalculation: (_error, name) => name.length,
    ttl: CACHE_MS,
  });
  /** What is being asked; messages of one connection stay in order where they wait for one answer. */
  private readonly asked = new Map<string, Promise<Principal>>();
  /** Rises with every change, so that an answer asked for before it is not kept after it. */
  private changes = 0;
  private readonly listeners: ((userId: string | null) => void)[] = [];

  constructor(
    private readonly accessTokens: AccessTokenService,
    private readonly apiKeys: ApiKeyService,
    private readonly users: UserRepository,
    private readonly signals: SignalRepository,
    private readonly audit: AuditService,
  ) {
    signals.on('credentials-changed', (userId) => this.forget(userId));
    signals.onInterruption(() => this.forgetAll());
  }

  /** Told when a user's credentials have changed, null for anybody's: who is let in already is to be asked again. */
  onChange(listener: (userId: string | null) => void): void {
    this.listeners.push(listener);
  }

  async authenticate(credential: string): Promise<Principal> {
    const isKey = credential.startsWith(API_KEY_PREFIX);
    try {
      return await this.known(credential, () =>
        isKey ? this.apiKeys.authenticate(credential) : this.fromAccessToken(credential),
      );
    } catch (error) {
      this.noteRefusal(error, isKey ? 'api_key' : 'access_token');
      throw error;
    }
  }

  /**
   * What was found under this name a moment ago, a refusal as well, or is being found, if nothing has changed since; else
   * what `find` finds.
   */
  async known(name: string, find: () => Promise<Principal>): Promise<Principal> {
    if (!this.signals.live) return find();
    const known = this.cache.get(name);
    if (known) return known;
    const refusal = this.refused.get(name);
    if (refusal) throw refusal;
    const running = this.asked.get(name);
    if (running) return running;
    const asked = this.find(name, find);
    this.asked.set(name, asked);
    try {
      return await asked;
    } finally {
      if (this.asked.get(name) === asked) this.asked.delete(name);
    }
  }

  private async find(name: string, find: () => Promise<Principal>): Promise<Principal> {
    const before = this.changes;
    const stillTrue = () => this.signals.live && this.changes === before;
    try {
      const principal = await find();
      if (stillTrue()) this.cache.set(name, principal);
      return principal;
    } catch (error) {
      if (isRefusal(error) && stillTrue()) this.refused.set(name, error);
      throw error;
    }
  }

  private async fromAccessToken(token: string): Promise<Principal> {
    const claims = await this.accessTokens.verify(token);
    if (!isUuid(claims.userId)) throw new CozyError('AUTH_TOKEN_INVALID');
    const familyId = claims.familyId !== null && isUuid(claims.familyId) ? claims.familyId : null;
    const state = await this.users.signInState(claims.userId, familyId);
    if (!state) throw new CozyError('AUTH_TOKEN_INVALID');
    if (state.status !== 'active') throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    const ended = state.tokenVersion !== claims.tokenVersion || (familyId !== null && !state.familyAlive);
    if (ended) throw new CozyError('AUTH_TOKEN_REVOKED');
    return { userId: claims.userId, role: state.role, scopes: null, credentialId: familyId, rateLimitPerMinute: null };
  }

  /** Anybody may send wrong credentials as fast as they like: each reason is recorded once a minute, with its number. */
  private noteRefusal(error: unknown, kind: 'api_key' | 'access_token'): void {
    if (!isRefusal(error)) return;
    this.audit.noteSampled(`${kind} ${error.code}`, {
      action: 'auth.credentials',
      outcome: 'refused',
      level: 'warning',
      actorId: null,
      details: { reason: error.code, kind },
    });
  }

  private forgetAll(): void {
    this.changes += 1;
    this.asked.clear();
    this.refused.clear();
    this.cache.clear();
    for (const listener of this.listeners) listener(null);
  }

  private forget(userId: string): void {
    this.changes += 1;
    this.asked.clear();
    // Whose they were is not known of most of them.
    this.refused.clear();
    for (const [credential, principal] of this.cache.entries()) {
      if (principal.userId === userId) this.cache.delete(credential);
    }
    for (const listener of this.listeners) listener(userId);
  }
}

const isRefusal = (error: unknown): error is CozyError => error instanceof CozyError && error.code.startsWith('AUTH_');
