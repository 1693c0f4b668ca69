import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid, newId } from '../../core/util/ids.js';
import { AccountDeletionRepository } from '../../storage/accounts/account-deletion.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { ReauthenticationService } from '../auth/reauthentication.service.js';

/** Ends accounts: at once nobody comes in any more, and the background deletes every row and tells the remote engines. */
@Injectable()
export class AccountDeletionService {
  constructor(
    private readonly reauthentication: ReauthenticationService,
    private readonly deletions: AccountDeletionRepository,
    private readonly audit: AuditService,
  ) {}

  /** Of the caller, who shows by the password that it is not somebody at a screen left open. */
  async deleteOwn({ userId }: Principal, password: string): Promise<void> {
    const act = { action: 'user.delete', details: { stage: 'requested' } } as const;
    await this.reauthentication.confirm(userId, act, { password });
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
