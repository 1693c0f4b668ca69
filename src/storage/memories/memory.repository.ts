import { Injectable } from '@nestjs/common';
import { storableJson, storableText } from '../../core/util/storable.js';
import { Database, type Sql } from '../database/database.js';
import {
  forgetSession,
  forgetUntilNow,
  hasLearned,
  type LearningTurn,
  lockUser,
  noteForgotten,
  takeTurn,
  withoutForgotten,
} from '../learning/turn-learning.js';
import type { MemoryKind } from './memory.entity.js';
import { LIST, type MemoryCandidate, type MemoryRow, NEAREST, ROW, SIMILAR, type TextTerms } from './memory-queries.js';
import { readRealArray, signatureOf } from './real-array.js';

export type { MemoryCandidate, MemoryRow, TextTerms } from './memory-queries.js';

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
  terms: TextTerms;
  vector: TextVector | null;
  createdAt: Date;
}

export interface MemoryQuery {
  userId: string;
  terms: TextTerms;
  vector: TextVector | null;
}

const ADD = `INSERT INTO memories (id, user_id, session_id, message_id, turn_id, kind, text, hash, search, embedding,
    embedding_model, signature, created_at)
  SELECT id, $1, session_id, message_id, $2, kind, text, decode(hash, 'hex'),
    to_tsvector('english', words) || array_to_tsvector(grams), embedding, embedding_model, signature::varbit, created_at
  FROM jsonb_to_recordset($3::jsonb) AS new (id uuid, session_id uuid, message_id uuid, kind text, text text, hash text,
    words text, grams text[], embedding real[], embedding_model text, signature text, created_at timestamptz)`;

@Injectable()
export class MemoryRepository {
  private trigrams: boolean | undefined;

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
      const wanted = await withoutForgotten(sql, 'memory', turn.userId, fresh, ({ hash, createdAt }) => ({
        mark: hash,
        saidAt: createdAt,
      }));
      if (wanted.length > 0) await insert(sql, turn.userId, turn.turnId, wanted);
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

  /** Those that share words with the query, and those whose vectors are near to its; unordered. */
  async search({ userId, terms, vector }: MemoryQuery): Promise<MemoryCandidate[]> {
    const rows = await this.database.lookUp<MemoryRow & { lexical: number | null; sent: Buffer | null }>(
      'memory_search',
      NEAREST,
      [
        userId,
        storableText(terms.words.join(' ')),
        terms.grams.map(storableText),
        vector === null ? null : signatureOf(vector.values),
        vector?.model ?? null,
      ],
    );
    return rows.map(({ sent, ...row }) => ({ ...row, embedding: sent === null ? null : readRealArray(sent) }));
  }

  /** Those with words that are written nearly as those of the query; none where the database cannot compare so. */
  async searchSimilar(userId: string, words: readonly string[]): Promise<MemoryCandidate[]> {
    this.trigrams ??= await this.hasTrigrams();
    if (!this.trigrams || words.length === 0) return [];
    return this.database.lookUp('memory_search_similar', SIMILAR, [userId, words.map(storableText)]);
  }

  /** Newest first; `before` is the id to go on after. */
  async list(userId: string, limit: number, before: string | null): Promise<MemoryRow[]> {
    return this.database.query('memory_list', LIST, [userId, limit, before]);
  }

  /** False where the user has no such memory. Turns that said it before, and are learned from later, do not bring it back. */
  async remove(userId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      if (!(await lockUser(sql, userId))) return false;
      const rows = await sql<{ hash: Buffer }>(
        'WITH gone AS (DELETE FROM memories WHERE id = $2 AND user_id = $1 RETURNING hash) SELECT hash FROM gone',
        [userId, id],
      );
      await noteForgotten(sql, 'memory', userId, hashesOf(rows));
      return rows.length > 0;
    });
  }

  /** What was first said in a session. */
  async removeSession(userId: string, sessionId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (!(await forgetSession(sql, 'memory', userId, sessionId))) return;
      const rows = await sql<{ hash: Buffer }>(
        'WITH gone AS (DELETE FROM memories WHERE user_id = $1 AND session_id = $2 RETURNING hash) SELECT hash FROM gone',
        [userId, sessionId],
      );
      await noteForgotten(sql, 'memory', userId, hashesOf(rows));
    });
  }

  /** Also what turns that are not learned yet have said. */
  async removeAll(userId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (await forgetUntilNow(sql, 'memory', userId)) await sql('DELETE FROM memories WHERE user_id = $1', [userId]);
    });
  }

  private async hasTrigrams(): Promise<boolean> {
    const row = await this.database.one(
      'memory_has_trigrams',
      `SELECT 1 AS found FROM pg_extension WHERE extname = 'pg_trgm'`,
      [],
    );
    return row !== undefined;
  }
}

const hashesOf = (rows: readonly { hash: Buffer }[]): Buffer[] => rows.map(({ hash }) => hash);

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
      words: memory.terms.words.join(' '),
      grams: memory.terms.grams,
      embedding: memory.vector?.values ?? null,
      embedding_model: memory.vector?.model ?? null,
      signature: memory.vector === null ? null : signatureOf(memory.vector.values),
      created_at: memory.createdAt.toISOString(),
    })),
  );
}
