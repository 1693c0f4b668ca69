import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid } from '../../core/util/ids.js';
import { type DeadLetter, OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import { AuditService } from '../audit/audit.service.js';

/** Background work that was given up after its last attempt. */
@Injectable()
export class DeadLetterService {
  constructor(
    private readonly outbox: OutboxRepository,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  list(limit: number, before: string | null): Promise<DeadLetter[]> {
    return this.outbox.listDead(limit, before);
  }

  /** Has it done after all, from the first attempt on. */
  async replay(id: string, { userId }: Principal): Promise<void> {
    const row = isUuid(id) ? await this.outbox.revive(id) : undefined;
    if (!row) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such dead letter.' });
    const details = { outbox_id: id, kind: row.kind, user_id: row.userId };
    await this.audit.record({ action: 'admin.replay', outcome: 'success', actorId: userId, subject: id, details });
  }
}
