import { Injectable } from '@nestjs/common';
import {
  AuditEventRepository,
  type AuditEventRow,
  type AuditFilter,
} from '../../storage/audit/audit-event.repository.js';

/** The audit trail for those who may read it. An event shows up once it is in the chain, about a second after it. */
@Injectable()
export class AuditLogService {
  constructor(private readonly events: AuditEventRepository) {}

  /** Newest first. */
  async list(filter: AuditFilter, limit: number): Promise<AuditEventRow[]> {
    return this.events.list(filter, limit);
  }
}
