import { Injectable } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { newId } from '../../core/util/ids.js';
import { type AccountExport, AccountExportRepository } from '../../storage/accounts/account-export.repository.js';
import { AuditService } from '../audit/audit.service.js';

/** Gives users everything that is kept of them. It is made in the background: one at a time, and not too often. */
@Injectable()
export class AccountExportService {
  constructor(
    private readonly exports: AccountExportRepository,
    private readonly security: SecuritySection,
    private readonly audit: AuditService,
  ) {}

  /**
   * The caller's export, begun where there is none yet.
   *
   * @param renew a new one is wanted even where one is ready; RATE_LIMIT_EXCEEDED if that one is too young.
   */
  async obtain({ userId }: Principal, renew: boolean): Promise<AccountExport> {
    const { export_ttl_seconds: ttlSeconds, export_interval_seconds: intervalSeconds } = this.security;
    const answer = await this.exports.obtain(userId, { id: newId(), ttlSeconds, intervalSeconds, renew });
    if (answer === undefined) throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    const { export: found, isNew, tooSoonSeconds } = answer;
    if (tooSoonSeconds > 0) {
      const what = found.status === 'failed' ? 'The last export failed.' : 'There is an export already.';
      throw new CozyError('RATE_LIMIT_EXCEEDED', {
        message: `${what} A new one may be made in ${tooSoonSeconds} seconds.`,
        retryAfterSeconds: tooSoonSeconds,
      });
    }
    if (isNew) await this.record(userId, found.id, 'requested');
    return found;
  }

  /** The compressed pieces of a ready export, in order. Throws where it is replaced or deleted meanwhile. */
  async *content({ userId }: Principal, { id, parts }: AccountExport): AsyncGenerator<Buffer> {
    this.audit.noteSampled(`export ${id}`, {
      action: 'user.export',
      outcome: 'success',
      actorId: userId,
      subject: id,
      details: { stage: 'fetched' },
    });
    for (let place = 0; place < parts; place += 1) {
      const part = await this.exports.part(id, userId, place);
      if (part === undefined) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'The export is gone.' });
      yield part;
    }
  }

  private async record(userId: string, exportId: string, stage: string): Promise<void> {
    const details = { stage };
    await this.audit.record({ action: 'user.export', outcome: 'success', actorId: userId, subject: exportId, details });
  }
}
