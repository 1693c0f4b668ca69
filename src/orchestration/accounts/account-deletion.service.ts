import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid, newId } from '../../core/util/ids.js';
import { AccountDeletionRepository } from '../../storage/accounts/account-deletion.repository.js';
import { RateLimitRepository } from '../../storage/limits/rate-limit.repository.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { verifyPassword } from '../auth/password.js';

/** A stolen token must not be a way to try out passwords. */
const MOST_TRIES = 5;
const TRIES_WINDOW_MS = 15 * 60_000;

/** Ends accounts: at once nobody comes in any more, and the background deletes every row and tells the remote engines. */
@Injectable()
export class AccountDeletionService {
  constructor(
    private readonly users: UserRepository,
    private readonly deletions: AccountDeletionRepository,
    private readonly limits: RateLimitRepository,
    private readonly audit: AuditService,
  ) {}

  /** Of the caller, who shows by the password that it is not somebody at a screen left open. */
  async deleteOwn({ userId }: Principal, password: string): Promise<void> {
    const { allowed, retryAfterMs } = await this.limits.take(`account-delete:${userId}`, MOST_TRIES, TRIES_WINDOW_MS);
    if (!allowed) throw new CozyError('RATE_LIMIT_EXCEEDED', { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) });
    const user = await this.users.find(userId);
    if (!(await verifyPassword(user?.passwordHash, password))) {
      const details = { stage: 'requested', reason: 'AUTH_INVALID_CREDENTIALS' };
      await this.audit.record({
        action: 'user.delete',
        outcome: 'refused',
        level: 'warning',
        subject: userId,
        details,
      });
      throw new CozyError('AUTH_INVALID_CREDENTIALS', { message: 'The password is wrong.', param: 'password' });
    }
    await this.begin(userId, userId);
  }

  /** Of somebody else, by an admin. */
  async deleteOther({ userId: actorId }: Principal, userId: string): Promise<void> {
    if (userId === actorId) {
      throw new CozyError('RESOURCE_CONFLICT', { message: 'This is your own account. Use DELETE /v1/users/me.' });
    }
    if (!isUuid(userId)) throw unknownUser();
    await this.begin(userId, actorId);
  }

  private async begin(userId: string, actorId: string): Promise<void> {
    const result = await this.deletions.request(userId, newId());
    if (result === 'unknown') throw unknownUser();
    if (result === 'last_admin') {
      throw new CozyError('RESOURCE_CONFLICT', {
        message: 'You are the last admin of this server. Make another one first (npm run admin:create).',
      });
    }
    const details = { stage: 'requested' };
    await this.audit.record({
      action: 'user.delete',
      outcome: 'success',
      level: 'warning',
      actorId,
      subject: userId,
      details,
    });
  }
}

const unknownUser = () => new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such user.' });
