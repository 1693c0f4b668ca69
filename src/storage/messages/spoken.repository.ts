import { Injectable } from '@nestjs/common';
import { UNTITLED_SQL } from '../../core/domain/session-title.js';
import type { PromisedWork } from '../../core/domain/write-back.js';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';
import { MESSAGES_BEFORE_TITLE } from './turn-closings.js';

export interface SpokenTurn {
  turnId: string;
  messages: SpokenRow[];
  /** Work that the turn promises. */
  works: readonly (PromisedWork & { id: string })[];
}

export interface SpokenRow {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  metadata: Record<string, unknown>;
}

/** What was said in calls that ran elsewhere. */
@Injectable()
export class SpokenRepository {
  constructor(private readonly database: Database) {}

  /** Adds the turns with the work that they promise, all or nothing; false where the user has no such session. */
  async append(
    key: { sessionId: string; userId: string; titleId: string },
    turns: readonly SpokenTurn[],
  ): Promise<boolean> {
    const messages = turns.flatMap(({ turnId, messages: said }) =>
      said.map((message) => ({ ...message, turn_id: turnId })),
    );
    const works = turns.flatMap(({ turnId, works: promised }) =>
      promised.map((work) => ({ ...work, turn_id: turnId })),
    );
    const row = await this.database.one(
      'spoken_append',
      `WITH s AS (
         UPDATE sessions SET last_seq = last_seq + $3::int, message_count = message_count + $3::int,
           last_message_at = now(), updated_at = now()
         WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL RETURNING last_seq, title, message_count
       ), added AS (
         INSERT INTO messages (id, session_id, user_id, turn_id, seq, role, content, metadata)
         SELECT m.id, $1, $2, m.turn_id, s.last_seq - $3 + m.place, m.role, m.content, m.metadata
         FROM s, jsonb_to_recordset($4::jsonb) AS m (id uuid, turn_id uuid, place int, role text, content text, metadata jsonb)
       ), promised AS (
         INSERT INTO outbox (id, kind, user_id, session_id, turn_id, available_at, due_at, dead_at, last_error_code)
         SELECT $6::uuid, 'session.title', $2::uuid, $1::uuid, $7::uuid, now(), now(), NULL::timestamptz, NULL::text
           FROM s WHERE ${UNTITLED_SQL} AND message_count >= ${MESSAGES_BEFORE_TITLE}
         UNION ALL SELECT j.id, j.kind, $2, $1, j.turn_id, j.due, j.due, CASE WHEN j.dead IS NOT NULL THEN now() END, j.dead
           FROM s, (SELECT id, kind, turn_id, now() + make_interval(secs => "delayMs" / 1000.0) AS due, "deadCode" AS dead
             FROM jsonb_to_recordset($5::jsonb) AS w (id uuid, kind text, turn_id uuid, "delayMs" int, "deadCode" text)) AS j
       )
       SELECT 1 AS stored FROM s`,
      [
        key.sessionId,
        key.userId,
        messages.length,
        storableJson(messages.map((message, index) => ({ ...message, place: index + 1 }))),
        storableJson(works),
        key.titleId,
        turns.at(-1)?.turnId ?? null,
      ],
    );
    return row !== undefined;
  }
}
