import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Principal, Scope } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { isUuid, newId, randomToken } from '../../core/util/ids.js';
import { AuditService } from '../audit/audit.service.js';
import { ApiKeyRepository, type ApiKeyRow, type PresentedKey } from '../../storage/api-keys/api-key.repository.js';

export const API_KEY_PREFIX = 'ck_';
const SHOWN_CHARACTERS = 10;
/** As `create` makes them: what looks otherwise needs no look into the database. */
const SHAPE = new RegExp(`^${API_KEY_PREFIX}[\\w-]{43}$`);

const hashOf = (key: string) => createHash('sha256').update(key).digest();

export interface ApiKeyWish {
  name: string;
  scopes: Scope[];
  expiresAt: Date | null;
  rateLimitPerMinute: number | null;
}

/** Keys for programs. The key is shown once; what is stored cannot be turned back into it. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly audit: AuditService,
    private readonly logger: Logger,
  ) {}

  async create(owner: Principal, wish: ApiKeyWish): Promise<{ key: string; row: ApiKeyRow }> {
    if (wish.scopes.includes('admin') && owner.role !== 'admin') {
      throw new CozyError('AUTH_FORBIDDEN', {
        message: 'Only an admin may make a key with the scope "admin".',
        param: 'scopes',
      });
    }
    if (wish.expiresAt && !(wish.expiresAt.getTime() > Date.now())) {
      throw new CozyError('VALIDATION_FAILED', {
        message: 'expires_at must be a date and time in the future, such as 2030-01-31T12:00:00Z.',
        param: 'expires_at',
      });
    }
    const key = `${API_KEY_PREFIX}${randomToken()}`;
    const id = newId();
    const row = await this.keys.add({
      id,
      userId: owner.userId,
      keyHash: hashOf(key),
      prefix: key.slice(0, SHOWN_CHARACTERS),
      ...wish,
    });
    const details = { scopes: wish.scopes, expires_at: wish.expiresAt };
    await this.audit.record({
      action: 'api_key.create',
      outcome: 'success',
      actorId: owner.userId,
      subject: id,
      details,
    });
    return { key, row };
  }

  async list(userId: string, limit: number, cursor: string | null): Promise<ApiKeyRow[]> {
    return this.keys.list(userId, limit, cursor);
  }

  async revoke(id: string, userId: string): Promise<void> {
    if (!isUuid(id) || !(await this.keys.revoke(id, userId))) throw new CozyError('RESOURCE_NOT_FOUND');
    await this.audit.record({ action: 'api_key.revoke', outcome: 'success', actorId: userId, subject: id });
  }

  async authenticate(key: string): Promise<Principal> {
    if (!SHAPE.test(key)) throw new CozyError('AUTH_TOKEN_INVALID');
    const found = await this.keys.present(hashOf(key));
    const principal = principalOf(found);
    if (found?.stale) {
      this.keys
        .noteUse(found.id)
        .catch((error: unknown) => this.logger.warn('Cannot note the use of an API key', {}, error));
    }
    return principal;
  }

  /** Whoever holds a key that was authenticated before, if it is still good. */
  async standing(id: string): Promise<Principal> {
    return principalOf(isUuid(id) ? await this.keys.standing(id) : undefined);
  }
}

function principalOf(found: PresentedKey | undefined): Principal {
  if (!found || found.revoked) throw new CozyError('AUTH_TOKEN_INVALID');
  if (found.expired) throw new CozyError('AUTH_TOKEN_EXPIRED', { message: 'The API key has expired. Make a new one.' });
  if (found.status !== 'active') throw new CozyError('AUTH_ACCOUNT_INACTIVE');
  const { userId, role, scopes, rateLimitPerMinute } = found;
  return { userId, role, scopes, credentialId: found.id, rateLimitPerMinute };
}
