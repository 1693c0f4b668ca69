import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { type SealedEventText, timeOf, waiting } from './audit-rows.js';

export type { SealedEventText } from './audit-rows.js';

/** Events on their way into the chain. Adding waits for no other event. */
@Injectable()
export class AuditInboxRepository {
  constructor(private readonly database: Database) {}

  /** All in one statement; one that is there already is left as it is. */
  async add(events: readonly SealedEventText[]): Promise<void> {
    // `details` goes in as the JSON that was tagged.
    const entries = events.map(({ details, ...rest }) => `${JSON.stringify(rest).slice(0, -1)},"details":${details}}`);
    await this.database.query(
      'audit_inbox_add',
      `INSERT INTO audit_inbox (id, action, level, actor_id, subject, request_id, outcome, details, created_at, key_id, tag)
       SELECT id, action, level, "actorId", subject, "requestId", outcome, details, ${timeOf('"createdAt"')}, "keyId",
         decode(tag, 'hex')
       FROM json_to_recordset($1::json) AS r(id uuid, action text, level text, "actorId" text, subject text,
         "requestId" text, outcome text, details jsonb, "createdAt" text, "keyId" text, tag text)
       ON CONFLICT (id) DO NOTHING`,
      [`[${entries.join(',')}]`],
    );
  }

  /** How many wait for their place, counted up to `most`. */
  async backlog(most: number, knownKeys: readonly string[]): Promise<number> {
    const row = await this.database.one<{ count: number }>(
      'audit_inbox_backlog',
      `SELECT count(*)::int AS count FROM (SELECT 1 FROM audit_inbox WHERE ${waiting('$2')} LIMIT $1) AS waiting`,
      [most, knownKeys],
    );
    return row?.count ?? 0;
  }
}
