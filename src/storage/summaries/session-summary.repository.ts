import { Injectable } from '@nestjs/common';
import { storableText } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface SessionSummary {
  text: string;
  /** The `seq` of the last message that it covers. */
  coversTo: number;
  /** `provider/model`; null where it is excerpts chosen by rules. */
  model: string | null;
}

export interface NewSummary extends SessionSummary {
  sessionId: string;
  userId: string;
  tokens: number;
  /** What the summary it was made from covered; 0 where there was none. */
  coveredTo: number;
}

/** What was said, as far as a summary goes into it. */
export interface OlderMessage {
  seq: number;
  role: string;
  content: string;
}

/** Summaries of sessions. The owner is part of every query; what belongs to a deleted session is neither read nor kept. */
@Injectable()
export class SessionSummaryRepository {
  constructor(private readonly database: Database) {}

  async find(sessionId: string, userId: string): Promise<SessionSummary | undefined> {
    return this.database.one(
      'session_summary_find',
      `SELECT y.text, y.covers_to::float8 AS "coversTo", y.model FROM session_summaries y
         JOIN sessions s ON s.id = y.session_id AND s.user_id = $2 AND s.deleted_at IS NULL
       WHERE y.session_id = $1 AND y.user_id = $2`,
      [sessionId, userId],
    );
  }

  /** What was said after place `after` and before place `before`, oldest first; each text cut at `characters`. */
  async older(
    { sessionId, userId }: { sessionId: string; userId: string },
    { after, before }: { after: number; before: number },
    limit: number,
    characters: number,
  ): Promise<OlderMessage[]> {
    return this.database.query(
      'session_summary_older',
      `SELECT seq::float8 AS seq, role, left(coalesce(content, ''), $6) AS content FROM messages m
       WHERE session_id = $1 AND user_id = $2 AND deleted_at IS NULL AND seq > $3 AND seq < $4
         AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = $1 AND s.user_id = $2 AND s.deleted_at IS NULL)
       ORDER BY seq LIMIT $5`,
      [sessionId, userId, after, before, limit, characters],
    );
  }

  /**
   * False where nothing was kept: another job was faster, or the session has been deleted. The session's row is locked
   * for the moment, so that a deletion comes before this or finds it.
   */
  async save(summary: NewSummary): Promise<boolean> {
    const { sessionId, userId, coversTo, text, tokens, model, coveredTo } = summary;
    const row = await this.database.one(
      'session_summary_save',
      `WITH s AS (SELECT id FROM sessions WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL FOR SHARE)
       INSERT INTO session_summaries (session_id, user_id, covers_to, text, tokens, model)
       SELECT id, $2, $3, $4, $5, $6 FROM s
       ON CONFLICT (session_id) DO UPDATE SET covers_to = EXCLUDED.covers_to, text = EXCLUDED.text,
         tokens = EXCLUDED.tokens, model = EXCLUDED.model, updated_at = now()
         WHERE session_summaries.covers_to = $7 AND session_summaries.user_id = $2
       RETURNING session_id`,
      [sessionId, userId, coversTo, storableText(text), tokens, model, coveredTo],
    );
    return row !== undefined;
  }
}
