import { Injectable } from '@nestjs/common';
import { storableText } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface AuditEventRow {
  seq: string;
  action: string;
  level: string;
  actorId: string | null;
  subject: string | null;
  requestId: string | null;
  outcome: string;
  details: Record<string, unknown>;
  createdAt: Date;
  keyId: string;
}

export interface AuditFilter {
  action?: string | undefined;
  actorId?: string | undefined;
  level?: string | undefined;
  outcome?: string | undefined;
  requestId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Only older ones than this. */
  beforeSeq?: string | undefined;
}

const CONDITIONS: Record<keyof AuditFilter, string> = {
  action: 'action =',
  actorId: 'actor_id =',
  level: 'level =',
  outcome: 'outcome =',
  requestId: 'request_id =',
  since: 'created_at >=',
  until: 'created_at <',
  beforeSeq: 'seq <',
};

/** The chain as its readers want it. */
@Injectable()
export class AuditEventRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async list(filter: AuditFilter, limit: number): Promise<AuditEventRow[]> {
    const keys = Object.keys(CONDITIONS) as (keyof AuditFilter)[];
    const given = keys.filter((key) => filter[key] !== undefined);
    const where = given.map((key, index) => `${CONDITIONS[key]} $${index + 2}`);
    const values = given
      .map((key) => filter[key])
      .map((value) => (typeof value === 'string' ? storableText(value) : value));
    // One statement for each set of filters, so that each can use its index.
    return this.database.query(
      `audit_list_${keys.map((key) => (filter[key] === undefined ? 0 : 1)).join('')}`,
      `SELECT seq::text, action, level, actor_id AS "actorId", subject, request_id AS "requestId", outcome, details,
         created_at AS "createdAt", key_id AS "keyId"
       FROM audit_events ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
       ORDER BY audit_events.seq DESC LIMIT $1`,
      [limit, ...values],
    );
  }
}
