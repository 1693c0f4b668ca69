import { Injectable } from '@nestjs/common';
import { storableJson } from '../../core/util/storable.js';
import { Database, type Sql } from '../database/database.js';
import { forgetUntilNow, hasLearned, type LearningTurn, takeTurn } from '../learning/turn-learning.js';
import type { MemoryKind } from './memory.entity.js';
import {
  LIST,
  type MemoryOutline,
  type MemoryRow,
  NEAREST,
  type NearMemory,
  OUTLINES,
  READ,
  readOutlines,
  REMOVE,
  ROW,
} from './memory-queries.js';
import { readRealArray, signatureOf } from './real-array.js';

export type { MemoryOutline, MemoryRow, NearMemory } from './memory-queries.js';
export type { MemoryKind } from './memory.entity.js';

/** A vector of unit length, and the model that made it. */
export interface TextVector {
  model: string;
  values: readonly number[];
}

export interface NewMemory {
  id: string;
  sessionId: string | null;
  messageId: string | null;
  kind: MemoryKind;
  text: string;
  /** The same for texts that say the same. */
  hash: Buffer;
  /** What searches compare: words split by single spaces. */
  outline: string;
  vector: TextVector | null;
  createdAt: Date;
}

const ADD = `INSERT INTO memories (id, user_id, session_id, message_id, turn_id, kind, text, hash, outline, embedding,
    embedding_model, signature, created_at)
  SELECT id, $1, session_id, message_id, $2, kind, text, decode(hash, 'hex'), outline, embedding, embedding_model, signature::varbit, created_at
  FROM jsonb_to_recordset($3::jsonb) AS new (id uuid, session_id uuid, message_id uuid, kind text, text text, hash text,
    outline text, embedding real[], embedding_model text, signature text, created_at timestamptz)`;

@Injectable()
export class MemoryRepository {
  constructor(private readonly database: Database) {}

  async hasLearned(turnId: string): Promise<boolean> {
    return hasLearned(this.database, 'memory', turnId);
  }

  /** Once a turn. What is there already is not kept twice, but counts as said again. */
  async addTurn(turn: LearningTurn, memories: readonly NewMemory[]): Promise<void> {
    await this.database.transaction(async (sql) => {
      const taken = await takeTurn(sql, 'memory', turn);
      const until = taken?.forgottenUntil?.getTime() ?? -Infinity;
      const fresh = taken === undefined ? [] : memories.filter(({ createdAt }) => createdAt.getTime() > until);
      if (fresh.length > 0) await insert(sql, turn.userId, turn.turnId, fresh);
    });
  }

  /** What the user asked to keep; the one that is there already where it says the same. */
  async keep(userId: string, memory: NewMemory): Promise<MemoryRow> {
    const row = await this.database.one<MemoryRow>(
      'memory_keep',
      `${ADD} ON CONFLICT (user_id, hash) DO UPDATE SET kind = EXCLUDED.kind, created_at = EXCLUDED.created_at
       RETURNING ${ROW}`,
      [userId, null, asJson([memory])],
    );
    return row as MemoryRow;
  }

  /** What a search compares, of the newest ten thousand, in the order they were kept. */
  async outlines(userId: string): Promise<MemoryOutline[]> {
    const row = await this.database.one<{ lines: string | null }>('memory_outlines', OUTLINES, [userId]);
    return readOutlines(row?.lines ?? null);
  }

  /** Those whose vectors are nearest to this one by their signs; unordered. */
  async nearest(userId: string, { model, values }: TextVector): Promise<NearMemory[]> {
    const rows = await this.database.query<{ id: string; createdAt: Date; sent: Buffer }>('memory_nearest', NEAREST, [
      userId,
      signatureOf(values),
      model,
    ]);
    return rows.map(({ id, createdAt, sent }) => ({ id, createdAt, embedding: readRealArray(sent) }));
  }

  /** Those of these that are still there; unordered. */
  async read(userId: string, ids: readonly string[]): Promise<MemoryRow[]> {
    return ids.length === 0 ? [] : this.database.query('memory_read', READ, [userId, ids]);
  }

  /** Newest first; `before` is the id to go on after. What was asked and replied only `withConversation`. */
  async list(userId: string, limit: number, before: string | null, withConversation: boolean): Promise<MemoryRow[]> {
    return this.database.query('memory_list', LIST, [userId, limit, before, withConversation]);
  }

  /** False where the user has no such memory. With what was said goes what was asked and replied in the same turn. */
  async remove(userId: string, id: string): Promise<boolean> {
    return (await this.database.one('memory_remove', REMOVE, [userId, id])) !== undefined;
  }

  /** Also what turns that are not learned yet have said. */
  async removeAll(userId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (await forgetUntilNow(sql, 'memory', userId)) await sql('DELETE FROM memories WHERE user_id = $1', [userId]);
    });
  }
}

async function insert(sql: Sql, userId: string, turnId: string, memories: readonly NewMemory[]): Promise<void> {
  // Two of one statement that say the same would make it fail: the last one counts.
  const distinct = new Map(memories.map((memory) => [memory.hash.toString('hex'), memory]));
  await sql(
    `${ADD} ON CONFLICT (user_id, hash) DO UPDATE SET created_at = greatest(memories.created_at, EXCLUDED.created_at)`,
    [userId, turnId, asJson([...distinct.values()])],
  );
}

function asJson(memories: readonly NewMemory[]): string | null {
  return storableJson(
    memories.map((memory) => ({
      id: memory.id,
      session_id: memory.sessionId,
      message_id: memory.messageId,
      kind: memory.kind,
      text: memory.text,
      hash: memory.hash.toString('hex'),
      outline: memory.outline,
      embedding: memory.vector?.values ?? null,
      embedding_model: memory.vector?.model ?? null,
      signature: memory.vector === null ? null : signatureOf(memory.vector.values),
      created_at: memory.createdAt.toISOString(),
    })),
  );
}
