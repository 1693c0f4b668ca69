import { Injectable } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { Logger } from '../../core/logging/logger.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import { ACCOUNT_DELETE, AccountDeletionRepository } from '../../storage/accounts/account-deletion.repository.js';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';
import { AuditService } from '../audit/audit.service.js';
import type { RowHandler } from '../jobs/job-handler.js';
import { codeOf, type ForgetReport, forgetRemotely } from './remote-forgetting.js';
import { retryDelaySeconds } from './retry-delay.js';

/** An addition that was on its way when the account ended has arrived by then: the services are told once more. */
const SETTLED_SECONDS = 600;

/**
 * Deletes an account: the rows here first, then what remote engines keep. It goes on for days where they are away, with
 * longer and longer waits; nothing but the user's id is kept for that.
 */
@Injectable()
export class AccountDeletionJob implements RowHandler {
  readonly kinds = [ACCOUNT_DELETE];

  constructor(
    private readonly deletions: AccountDeletionRepository,
    private readonly engines: PersonalEngines,
    private readonly audit: AuditService,
    private readonly security: SecuritySection,
    private readonly logger: Logger,
  ) {}

  async run({ id, userId }: OutboxRow): Promise<boolean> {
    const { reports, errorCode } = await this.attempt(id, userId);
    const progress = await this.deletions.progress(id);
    if (progress === undefined) return true;
    const { ageSeconds, attempts } = progress;
    if (errorCode !== undefined) {
      if (ageSeconds > this.security.deletion_retry_seconds) await this.giveUp(id, userId, reports, errorCode);
      else await this.deletions.postpone(id, retryDelaySeconds(attempts), errorCode);
      return false;
    }
    if (reports.some(({ outcome }) => outcome === 'done') && ageSeconds < SETTLED_SECONDS) {
      await this.deletions.postpone(id, SETTLED_SECONDS - ageSeconds, null);
      return false;
    }
    await this.record(userId, 'success', { stage: 'done', engines: reports });
    await this.deletions.finish(id);
    return true;
  }

  private async attempt(id: string, userId: string): Promise<{ reports: ForgetReport[]; errorCode?: string }> {
    try {
      await this.deletions.wipe(userId, id);
    } catch (error) {
      this.logger.warn('The rows of an account could not be deleted; trying again', { outbox_id: id }, error);
      return { reports: [], errorCode: codeOf(error) };
    }
    const reports = await forgetRemotely(this.engines, userId);
    const failed = reports.find(({ outcome }) => outcome === 'failed');
    if (failed === undefined) return { reports };
    const { kind, provider, code = 'ENGINE_FAILED' } = failed;
    this.logger.warn('A deleted account is still known to a service; trying again', {
      outbox_id: id,
      kind,
      provider,
      code,
    });
    return { reports, errorCode: code };
  }

  private async giveUp(id: string, userId: string, engines: ForgetReport[], errorCode: string): Promise<void> {
    await this.record(userId, 'failure', { stage: 'given_up', engines, reason: errorCode });
    await this.deletions.giveUp(id, errorCode);
  }

  private async record(userId: string, outcome: 'success' | 'failure', details: object): Promise<void> {
    const level = outcome === 'success' ? 'warning' : 'critical';
    await this.audit.record({ action: 'user.delete', outcome, level, actorId: null, subject: userId, details });
  }
}
