import { Injectable } from '@nestjs/common';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';
import { HELD_CONTENT, HELD_PARTS, HELD_TOOL_CALLS, measured } from '../messages/held-parts.js';
import type { MessageRow } from '../messages/message.repository.js';

export interface ConversationRow {
  id: string;
  createdAt: Date;
  /** The caller's own. */
  metadata: Record<string, string>;
}

/** What a caller of the Conversations API says of a session lies under this name, apart from whatever else is noted. */
const COLUMNS = `id, created_at AS "createdAt", coalesce(metadata -> 'conversation', '{}') AS metadata`;

const columns = (
  content: string,
  parts: string,
  toolCalls: string,
) => `m.id, m.session_id AS "sessionId", m.seq::float8 AS seq, m.turn_id AS "turnId",
  m.role, ${content} AS content, ${parts} AS parts, ${toolCalls} AS "toolCalls", m.tool_call_id AS "toolCallId", m.name,
  m.metadata, m.created_at AS "createdAt"`;

const MESSAGE = columns('m.content', 'm.parts', 'm.tool_calls');
/** Of a page; see `measured`. */
const HELD = columns(HELD_CONTENT, HELD_PARTS, HELD_TOOL_CALLS);

const OWN = 's.id = $1 AND s.user_id = $2 AND s.deleted_at IS NULL';

/** Sessions as conversations: with their caller's metadata, and changed message by message. */
@Injectable()
export class ConversationRepository {
  constructor(private readonly database: Database) {}

  async create(id: string, userId: string, personalityId: string, metadata: object): Promise<void> {
    await this.database.query(
      'conversation_create',
      'INSERT INTO sessions (id, user_id, personality_id, metadata) VALUES ($1, $2, $3, $4::jsonb)',
      [id, userId, personalityId, storableJson({ conversation: metadata })],
    );
  }

  async find(id: string, userId: string): Promise<ConversationRow | undefined> {
    return this.database.one('conversation_find', `SELECT ${COLUMNS} FROM sessions s WHERE ${OWN}`, [id, userId]);
  }

  async update(id: string, userId: string, metadata: object): Promise<ConversationRow | undefined> {
    return this.database.one(
      'conversation_update',
      `UPDATE sessions s SET metadata = jsonb_set(metadata, '{conversation}', $3::jsonb), updated_at = now()
       WHERE ${OWN} RETURNING ${COLUMNS}`,
      [id, userId, storableJson(metadata)],
    );
  }

  /** From message `from` on, itself included, in either direction; from the end of the list where it is null. */
  async messages(
    key: { id: string; userId: string },
    page: { from: string | null; descending: boolean; limit: number },
  ): Promise<MessageRow[]> {
    const [direction, comparison] = page.descending ? ['DESC', '<='] : ['ASC', '>='];
    return this.database.query(
      `conversation_messages_${direction}`,
      `SELECT ${HELD} FROM ${measured(
        `SELECT m.* FROM messages m JOIN sessions s ON s.id = m.session_id AND ${OWN}
         WHERE m.session_id = $1 AND m.deleted_at IS NULL AND ($3::uuid IS NULL OR m.seq ${comparison}
           (SELECT f.seq FROM messages f WHERE f.id = $3 AND f.session_id = $1))
         ORDER BY m.seq ${direction} LIMIT $4`,
        `seq ${direction}`,
      )} m ORDER BY seq ${direction}`,
      [key.id, key.userId, page.from, page.limit],
    );
  }

  async message(key: { id: string; userId: string }, messageId: string): Promise<MessageRow | undefined> {
    return this.database.one(
      'conversation_message',
      `SELECT ${MESSAGE} FROM messages m JOIN sessions s ON s.id = m.session_id AND ${OWN}
       WHERE m.id = $3 AND m.session_id = $1 AND m.deleted_at IS NULL`,
      [key.id, key.userId, messageId],
    );
  }

  /** Soft; false where there is no such message. */
  async deleteMessage(key: { id: string; userId: string }, messageId: string): Promise<boolean> {
    const row = await this.database.one(
      'conversation_delete_message',
      `WITH gone AS (
         UPDATE messages m SET deleted_at = now() FROM sessions s
         WHERE ${OWN} AND m.session_id = s.id AND m.id = $3 AND m.deleted_at IS NULL RETURNING m.id
       )
       UPDATE sessions SET message_count = message_count - 1, updated_at = now()
       WHERE id = $1 AND EXISTS (SELECT 1 FROM gone) RETURNING id`,
      [key.id, key.userId, messageId],
    );
    return row !== undefined;
  }
}
