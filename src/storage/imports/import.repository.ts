import { Injectable } from '@nestjs/common';
import type { ChatRole, ToolCall } from '../../core/domain/chat.js';
import type { UserRole } from '../../core/domain/principal.js';
import { storableJson, storableText } from '../../core/util/storable.js';
import { Database, type Sql } from '../database/database.js';

export interface ImportedUser {
  id: string;
  username: string;
  email: string;
  passwordHash: string;
  role: UserRole;
  status: 'active' | 'suspended';
  displayName: string | null;
  bio: string | null;
  interests: string[];
  avatarUrl: string | null;
  preferences: Record<string, unknown>;
  /** ISO-8601, as all times here. */
  createdAt: string;
  lastLoginAt: string | null;
}

export interface ImportedSession {
  id: string;
  userId: string;
  personalityId: string;
  title: string | null;
  totalTokens: number;
  createdAt: string;
  lastMessageAt: string;
}

export interface ImportedMessage {
  /** The same whenever the same message is brought. */
  id: string;
  role: ChatRole;
  content: string | null;
  toolCalls: ToolCall[] | null;
  toolCallId: string | null;
  metadata: Record<string, unknown>;
  createdAt: string;
}

/** `known`: it was brought before. `taken`: somebody else here has its id, name or address. `deleted`: it was, here. */
export type Arrival = 'new' | 'known' | 'taken' | 'deleted';

const BATCH = 500;
const textOrNull = (text: string | null) => (text === null ? null : storableText(text));

/** Accounts and conversations from another system. What is here already is never changed. */
@Injectable()
export class ImportRepository {
  constructor(private readonly database: Database) {}

  async addUser(user: ImportedUser): Promise<Arrival> {
    return this.database.transaction(async (sql) => {
      const [made] = await sql(
        `INSERT INTO users (id, username, email, password_hash, role, status, display_name, bio, interests, avatar_url,
           preferences, created_at, updated_at, last_login_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10, $11::jsonb, $12, $12, $13) ON CONFLICT DO NOTHING RETURNING id`,
        [
          user.id,
          storableText(user.username),
          storableText(user.email),
          user.passwordHash,
          user.role,
          user.status,
          textOrNull(user.displayName),
          textOrNull(user.bio),
          user.interests.map(storableText),
          textOrNull(user.avatarUrl),
          storableJson(user.preferences),
          user.createdAt,
          user.lastLoginAt,
        ],
      );
      if (made) return 'new';
      const [known] = await sql<{ status: string }>('SELECT status FROM users WHERE id = $1', [user.id]);
      if (!known) return 'taken';
      return known.status === 'deleting' ? 'deleted' : 'known';
    });
  }

  /** One session whole or not at all: where it is known, with those of the messages that are new. */
  async addSession(
    session: ImportedSession,
    messages: readonly ImportedMessage[],
  ): Promise<{ arrival: Arrival; added: number }> {
    return this.database.transaction(async (sql) => {
      const arrival = await openSession(sql, session);
      if (arrival === 'taken' || arrival === 'deleted') return { arrival, added: 0 };
      let added = 0;
      for (let start = 0; start < messages.length; start += BATCH) {
        added += await addMessages(sql, session, messages.slice(start, start + BATCH));
      }
      return { arrival, added };
    });
  }
}

/** By which the purge knows whose ids are to be kept. Messages bring theirs. */
const SESSION_NOTES = '{"imported_from": "cozychat"}';

async function openSession(sql: Sql, session: ImportedSession): Promise<Arrival> {
  const { id, userId, personalityId, title, totalTokens, createdAt, lastMessageAt } = session;
  const forgotten = await sql('SELECT 1 FROM forgotten_imports WHERE user_id = $1 AND id = $2', [userId, id]);
  if (forgotten.length > 0) return 'deleted';
  const [made] = await sql(
    `INSERT INTO sessions
       (id, user_id, personality_id, title, total_tokens, created_at, updated_at, last_message_at, metadata)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8::jsonb) ON CONFLICT DO NOTHING RETURNING id`,
    [id, userId, storableText(personalityId), textOrNull(title), totalTokens, createdAt, lastMessageAt, SESSION_NOTES],
  );
  if (made) return 'new';
  const [known] = await sql<{ isDeleted: boolean }>(
    'SELECT deleted_at IS NOT NULL AS "isDeleted" FROM sessions WHERE id = $1 AND user_id = $2 FOR UPDATE',
    [id, userId],
  );
  if (!known) return 'taken';
  return known.isDeleted ? 'deleted' : 'known';
}

/** After whatever the session holds, in their order. */
async function addMessages(
  sql: Sql,
  { id, userId }: ImportedSession,
  messages: readonly ImportedMessage[],
): Promise<number> {
  const rows = messages.map((message, index) => ({
    id: message.id,
    place: index,
    role: message.role,
    content: message.content,
    tool_calls: message.toolCalls,
    tool_call_id: message.toolCallId,
    metadata: message.metadata,
    created_at: message.createdAt,
  }));
  const [result] = await sql<{ added: number }>(
    `WITH fresh AS (
       SELECT m.*, row_number() OVER (ORDER BY m.place) AS number
       FROM jsonb_to_recordset($3::jsonb) AS m (id uuid, place int, role text, content text, tool_calls jsonb,
         tool_call_id text, metadata jsonb, created_at timestamptz)
       WHERE NOT EXISTS (SELECT 1 FROM messages k WHERE k.id = m.id)
         AND NOT EXISTS (SELECT 1 FROM forgotten_imports f WHERE f.user_id = $2 AND f.id = m.id)
     ), s AS (
       UPDATE sessions SET last_seq = last_seq + (SELECT count(*) FROM fresh),
         message_count = message_count + (SELECT count(*)::int FROM fresh)
       WHERE id = $1 AND user_id = $2 RETURNING last_seq
     ), added AS (
       INSERT INTO messages (id, session_id, user_id, seq, role, content, tool_calls, tool_call_id, metadata, created_at)
       SELECT f.id, $1, $2, s.last_seq - (SELECT count(*) FROM fresh) + f.number, f.role, f.content, f.tool_calls,
         f.tool_call_id, f.metadata, f.created_at
       FROM fresh f, s RETURNING 1
     )
     SELECT count(*)::int AS added FROM added`,
    [id, userId, storableJson(rows)],
  );
  return result?.added ?? 0;
}
