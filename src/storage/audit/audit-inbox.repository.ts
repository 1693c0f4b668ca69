import { Injectable } from '@nestjs/common';
import { storableJson, storableText } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface NewAuditEvent {
  id: string;
  action: string;
  level: string;
  actorId: string | null;
  subject: string | null;
  requestId: string | null;
  outcome: string;
  details: Record<string, unknown>;
  createdAt: Date;
}

const storable = (text: string | null) => (text === null ? null : storableText(text));

/** Events on their way into the chain. Adding waits for no other event. */
@Injectable()
export class AuditInboxRepository {
  constructor(private readonly database: Database) {}

  /** All in one statement; one that is there already is left as it is. */
  async add(events: readonly NewAuditEvent[]): Promise<void> {
    const rows = events.map((event) => ({
      id: event.id,
      action: event.action,
      level: event.level,
      actor_id: storable(event.actorId),
      subject: storable(event.subject),
      request_id: storable(event.requestId),
      outcome: event.outcome,
      details: event.details,
      created_at: event.createdAt.toISOString(),
    }));
    await this.database.query(
      'audit_inbox_add',
      `INSERT INTO audit_inbox (id, action, level, actor_id, subject, request_id, outcome, details, created_at)
       SELECT id, action, level, actor_id, subject, request_id, outcome, details, created_at
       FROM json_to_recordset($1::json) AS r(id uuid, action text, level text, actor_id text, subject text,
         request_id text, outcome text, details jsonb, created_at timestamptz)
       ON CONFLICT (id) DO NOTHING`,
      [storableJson(rows)],
    );
  }

  /** How many wait, counted up to `most`. */
  async backlog(most: number): Promise<number> {
    const row = await this.database.one<{ count: number }>(
      'audit_inbox_backlog',
      'SELECT count(*)::int AS count FROM (SELECT 1 FROM audit_inbox LIMIT $1) AS waiting',
      [most],
    );
    return row?.count ?? 0;
  }
}
