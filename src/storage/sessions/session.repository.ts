import { Injectable } from '@nestjs/common';
import { UNTITLED_SQL } from '../../core/domain/session-title.js';
import { newId } from '../../core/util/ids.js';
import { storableText } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface SessionRow {
  id: string;
  personalityId: string;
  title: string | null;
  messageCount: number;
  /** bigint as text. */
  totalTokens: string;
  createdAt: Date;
  updatedAt: Date;
  lastMessageAt: Date;
}

export interface NewSession {
  id: string;
  userId: string;
  personalityId: string;
  title: string | null;
  /** Stored as the first assistant message. */
  welcome: { id: string; text: string } | null;
}

export type SessionSort = 'last_message_at' | 'created_at' | 'title';

const COLUMNS = `id, personality_id AS "personalityId", title, message_count AS "messageCount",
  total_tokens AS "totalTokens", created_at AS "createdAt", updated_at AS "updatedAt", last_message_at AS "lastMessageAt"`;

/** Sessions are always found by (id, owner), deleted ones never: someone else's does not exist. */
@Injectable()
export class SessionRepository {
  constructor(private readonly database: Database) {}

  async create(session: NewSession): Promise<SessionRow> {
    const { id, userId, personalityId, title, welcome } = session;
    const row = await this.database.one<SessionRow>(
      'session_create',
      `WITH made AS (
         INSERT INTO sessions (id, user_id, personality_id, title, message_count, last_seq)
         VALUES ($1, $2, $3, $4, CASE WHEN $5::uuid IS NULL THEN 0 ELSE 1 END, CASE WHEN $5::uuid IS NULL THEN 0 ELSE 1 END)
         RETURNING *
       ), welcomed AS (
         INSERT INTO messages (id, session_id, user_id, seq, role, content, metadata)
         SELECT $5, id, user_id, 1, 'assistant', $6, '{"is_welcome": true}' FROM made WHERE $5::uuid IS NOT NULL
       )
       SELECT ${COLUMNS} FROM made`,
      [
        id,
        userId,
        personalityId,
        title === null ? null : storableText(title),
        welcome?.id ?? null,
        welcome?.text ?? null,
      ],
    );
    return row as SessionRow;
  }

  /**
   * A new session that begins with what another one holds up to place `upTo`, its summary included where that covers no
   * more. False where the user has no such session.
   */
  async copy(source: { id: string; userId: string }, copyId: string, upTo: number): Promise<boolean> {
    const { id, userId } = source;
    return this.database.transaction(async (sql) => {
      const [made] = await sql(
        `INSERT INTO sessions (id, user_id, personality_id, last_seq)
         SELECT $3, user_id, personality_id, $4 FROM sessions WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL
         RETURNING id`,
        [id, userId, copyId, upTo],
      );
      if (made === undefined) return false;
      const held = await sql<{ id: string }>(
        'SELECT id FROM messages WHERE session_id = $1 AND seq <= $2 AND deleted_at IS NULL ORDER BY seq',
        [id, upTo],
      );
      // Without its turn: what was said in it has been learned from where it was said.
      await sql(
        `INSERT INTO messages (id, session_id, user_id, seq, role, content, parts, tool_calls, tool_call_id, name, exchange,
           metadata, created_at)
         SELECT c.copy, $2, user_id, seq, role, content, parts, tool_calls, tool_call_id, name, exchange, metadata,
           created_at
         FROM messages m JOIN jsonb_to_recordset($1::jsonb) AS c (id uuid, copy uuid) ON c.id = m.id`,
        [JSON.stringify(held.map((message) => ({ id: message.id, copy: newId() }))), copyId],
      );
      await sql('UPDATE sessions SET message_count = $2 WHERE id = $1', [copyId, held.length]);
      await sql(
        `INSERT INTO session_summaries (session_id, user_id, covers_to, text, tokens, model)
         SELECT $2, user_id, covers_to, text, tokens, model FROM session_summaries WHERE session_id = $1 AND covers_to <= $3`,
        [id, copyId, upTo],
      );
      return true;
    });
  }

  async find(id: string, userId: string): Promise<SessionRow | undefined> {
    return this.database.one(
      'session_find',
      `SELECT ${COLUMNS} FROM sessions WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL`,
      [id, userId],
    );
  }

  async list(
    userId: string,
    page: { sort: SessionSort; descending: boolean; limit: number; offset: number },
  ): Promise<{ rows: SessionRow[]; total: number }> {
    // Sort columns come from a closed list, so the statement's text stays one of six.
    const direction = page.descending ? 'DESC' : 'ASC';
    const name = `session_list_${page.sort}_${direction}`;
    const [rows, count] = await Promise.all([
      this.database.query<SessionRow>(
        name,
        `SELECT ${COLUMNS} FROM sessions WHERE user_id = $1 AND deleted_at IS NULL
         ORDER BY ${page.sort} ${direction} NULLS LAST, id ${direction} LIMIT $2 OFFSET $3`,
        [userId, page.limit, page.offset],
      ),
      this.database.one<{ total: number }>(
        'session_count',
        'SELECT count(*)::int AS total FROM sessions WHERE user_id = $1 AND deleted_at IS NULL',
        [userId],
      ),
    ]);
    return { rows, total: count?.total ?? 0 };
  }

  async rename(id: string, userId: string, title: string): Promise<SessionRow | undefined> {
    return this.database.one(
      'session_rename',
      `UPDATE sessions SET title = $3, updated_at = now()
       WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL RETURNING ${COLUMNS}`,
      [id, userId, storableText(title)],
    );
  }

  /** Gives a title made by the engine, unless the user was faster. */
  async nameIfUntitled(id: string, userId: string, title: string): Promise<void> {
    await this.database.query(
      'session_name_if_untitled',
      `UPDATE sessions SET title = $3, updated_at = now()
       WHERE id = $1 AND user_id = $2 AND ${UNTITLED_SQL} AND deleted_at IS NULL`,
      [id, userId, storableText(title)],
    );
  }

  /** Whether the user has, or had, this session. */
  async existed(id: string, userId: string): Promise<boolean> {
    const row = await this.database.one(
      'session_existed',
      'SELECT 1 AS found FROM sessions WHERE id = $1 AND user_id = $2',
      [id, userId],
    );
    return row !== undefined;
  }

  /** Soft; false where there is nothing to delete. What was made of its words is gone at once. */
  async delete(id: string, userId: string): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      const rows = await sql(
        `WITH gone AS (
           UPDATE sessions SET deleted_at = now(), updated_at = now()
           WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL RETURNING id
         ) SELECT id FROM gone`,
        [id, userId],
      );
      // A statement of its own: it sees a summary that was stored while the first one waited for the session's row.
      if (rows.length > 0) await sql('DELETE FROM session_summaries WHERE session_id = $1', [id]);
      return rows.length > 0;
    });
  }
}
