import { Injectable } from '@nestjs/common';
import type { ChatRole, ContentPart, ToolCall } from '../../core/domain/chat.js';
import { storableText } from '../../core/util/storable.js';
import { HELD_CONTENT, HELD_PARTS, HELD_TOOL_CALLS, measured } from './held-parts.js';
import { Database } from '../database/database.js';

export interface MessageRow {
  id: string;
  sessionId: string;
  /** Position within the session. */
  seq: number;
  turnId: string | null;
  role: ChatRole;
  content: string | null;
  parts: ContentPart[] | null;
  toolCalls: ToolCall[] | null;
  toolCallId: string | null;
  name: string | null;
  metadata: Record<string, unknown>;
  createdAt: Date;
}

/** Which message of a turn is meant: the first of this role, and with these words where they are given. */
export interface MessagePlace {
  sessionId: string;
  userId: string;
  turnId: string;
  role: ChatRole;
  content: string | null;
}

/** Of many messages; see `measured`. */
const HELD = `id, session_id AS "sessionId", seq::float8 AS seq, turn_id AS "turnId", role,
  ${HELD_CONTENT} AS content, ${HELD_PARTS} AS parts, ${HELD_TOOL_CALLS} AS "toolCalls", tool_call_id AS "toolCallId", name,
  metadata, created_at AS "createdAt"`;

/** A tsvector holds 1 MB at most; what lies behind is still found as it is written. */
const SEARCHED_CHARACTERS = 100_000;

/** $1 session, $2 its owner. */
const OF_SESSION = `SELECT * FROM messages m
  WHERE session_id = $1 AND user_id = $2 AND deleted_at IS NULL
    AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = $1 AND s.user_id = $2 AND s.deleted_at IS NULL)`;

const likeText = (text: string) => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

/** Reading messages. The session's owner is part of every query; deleted sessions and messages are never shown. */
@Injectable()
export class MessageRepository {
  constructor(private readonly database: Database) {}

  /** Oldest first, after position `after`. */
  async list(sessionId: string, userId: string, limit: number, after = 0): Promise<MessageRow[]> {
    return this.database.query(
      'message_list',
      `SELECT ${HELD} FROM ${measured(`${OF_SESSION} AND seq > $4 ORDER BY seq LIMIT $3`, 'seq DESC')} r ORDER BY seq`,
      [sessionId, userId, limit, after],
    );
  }

  /** The newest ones, oldest first. */
  async newest(sessionId: string, userId: string, limit: number): Promise<MessageRow[]> {
    return this.database.query(
      'message_newest',
      `SELECT ${HELD} FROM ${measured(`${OF_SESSION} ORDER BY seq DESC LIMIT $3`, 'seq DESC')} r ORDER BY seq`,
      [sessionId, userId, limit],
    );
  }

  /** Nobody is shown it any more, the model neither. False where the user has no such message. */
  async remove(place: MessagePlace): Promise<boolean> {
    const { sessionId, userId, turnId, role, content } = place;
    const row = await this.database.one(
      'message_remove',
      `WITH gone AS (
         UPDATE messages SET deleted_at = now() WHERE id = (
           SELECT id FROM messages
           WHERE session_id = $1 AND user_id = $2 AND turn_id = $3 AND role = $4 AND deleted_at IS NULL
             AND ($5::text IS NULL OR content = $5) ORDER BY seq LIMIT 1)
         RETURNING id
       )
       UPDATE sessions SET message_count = message_count - 1, updated_at = now()
       WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL AND EXISTS (SELECT 1 FROM gone) RETURNING id`,
      [sessionId, userId, turnId, role, content === null ? null : storableText(content)],
    );
    return row !== undefined;
  }

  /** Own messages, in any order. */
  async byIds(userId: string, ids: readonly string[]): Promise<MessageRow[]> {
    return this.database.query(
      'message_by_ids',
      `SELECT ${HELD} FROM ${measured(
        `SELECT * FROM messages m
         WHERE id = ANY($2) AND user_id = $1 AND deleted_at IS NULL
           AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = m.session_id AND s.deleted_at IS NULL)`,
        'id DESC',
      )} r`,
      [userId, ids],
    );
  }

  /** Own messages that hold the words (any order) or the text as it is written; newest first, before id `before`. */
  async search(userId: string, text: string, limit: number, before: string | null): Promise<MessageRow[]> {
    const query = storableText(text);
    return this.database.query(
      'message_search',
      `SELECT ${HELD} FROM ${measured(
        `SELECT * FROM messages m
       WHERE user_id = $1 AND deleted_at IS NULL AND ($5::uuid IS NULL OR id < $5)
         AND (content ILIKE $2 OR to_tsvector('simple', left(content, ${SEARCHED_CHARACTERS})) @@ websearch_to_tsquery('simple', $3))
         AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = m.session_id AND s.deleted_at IS NULL)
       ORDER BY id DESC LIMIT $4`,
        'id DESC',
      )} r ORDER BY id DESC`,
      [userId, `%${likeText(query)}%`, query, limit, before],
    );
  }
}
