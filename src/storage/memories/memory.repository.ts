import { Injectable } from '@nestjs/common';
import { storableJson } from '../../core/util/storable.js';
import { Batcher, byQuestion } from '../database/batcher.js';
import { Database, type Sql } from '../database/database.js';
import {
  forgetSession,
  forgetUntilNow,
  type Learner,
  learnedOf,
  lockUser,
  takeTurns,
  type UserTurn,
  withoutForgotten,
} from '../learning/turn-learning.js';
import { forgetFactsOfStatements } from '../profile-facts/profile-forgetting.js';
import type { MemoryKind } from './memory.entity.js';
import { forgetMemoriesOfSession, forgetMemory } from './memory-forgetting.js';
import { type KnownRevision, NOTHING_KNOWN, OutlineCache } from './memory-outlines.js';
import {
  LIST,
  type MemoryOutline,
  type MemoryRow,
  NEAREST,
  type NearMemory,
  OUTLINES,
  type OutlinesRow,
  READ,
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
  userId: string;
  sessionId: string | null;
  messageId: string | null;
  /** The turn it was said in; null where it was not said in one. */
  turnId: string | null;
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
  SELECT id, user_id, session_id, message_id, turn_id, kind, text, decode(hash, 'hex'), outline, embedding,
    embedding_model, signature::varbit, created_at
  FROM jsonb_to_recordset($1::jsonb) AS new (id uuid, user_id uuid, session_id uuid, message_id uuid, turn_id uuid, kind text,
    text text, hash text, outline text, embedding real[], embedding_model text, signature text, created_at timestamptz)`;

interface AskedRows {
  userId: string;
  ids: readonly string[];
}

interface AskedOutlines {
  userId: string;
  known: KnownRevision;
}

@Injectable()
export class MemoryRepository {
  private readonly known = new OutlineCache();
  private readonly reading = new Batcher((asked: readonly AskedRows[]) => this.readAll(asked));
  private readonly outlining = new Batcher((asked: readonly AskedOutlines[]) => this.outlinesOf(asked));

  constructor(private readonly database: Database) {}

  /** Those of the turns that a model has looked at. */
  async refined(turnIds: readonly string[]): Promise<ReadonlySet<string>> {
    return learnedOf(this.database, 'memory.model', turnIds);
  }

  /**
   * What turns have said, once a turn. What its user has said before is not kept twice, but counts as said again.
   * `memories` name their turns.
   */
  async addTurns(turns: readonly UserTurn[], memories: readonly NewMemory[]): Promise<void> {
    await this.database.transaction(async (sql) => {
      await insert(sql, await wanted(sql, 'memory', turns, memories));
    });
  }

  /**
   * What a model has made of turns, once a turn: it takes the place of the words of the messages that it was made of.
   * Messages that the model made nothing of keep theirs.
   */
  async refineTurns(userId: string, turnIds: readonly string[], memories: readonly NewMemory[]): Promise<void> {
    await this.database.transaction(async (sql) => {
      const turns = turnIds.map((turnId) => ({ userId, turnId }));
      const fresh = await wanted(sql, 'memory.model', turns, memories);
      if (fresh.length === 0) return;
      const messageIds = fresh.flatMap(({ messageId }) => messageId ?? []);
      await sql(`DELETE FROM memories WHERE user_id = $1 AND kind = 'said' AND message_id = ANY($2)`, [
        userId,
        messageIds,
      ]);
      await insert(sql, fresh);
    });
  }

  /** The message that a stored turn of the user's answers; null where it takes up an older one. */
  async questionOf(userId: string, sessionId: string, turnId: string): Promise<string | null> {
    const row = await this.database.one<{ id: string }>(
      'memory_question_of_turn',
      `SELECT id FROM messages WHERE user_id = $1 AND session_id = $2 AND turn_id = $3 AND role = 'user'
       ORDER BY seq DESC LIMIT 1`,
      [userId, sessionId, turnId],
    );
    return row?.id ?? null;
  }

  /** What the user asked to keep; the one that is there already where it says the same. */
  async keep(memory: NewMemory): Promise<MemoryRow> {
    const row = await this.database.one<MemoryRow>(
      'memory_keep',
      `${ADD} ON CONFLICT (user_id, hash) DO UPDATE SET kind = EXCLUDED.kind, created_at = EXCLUDED.created_at
       RETURNING ${ROW}`,
      [asJson([memory])],
    );
    return row as MemoryRow;
  }

  /** What a search compares, of the newest ten thousand, in the order they were kept. Not to be changed. */
  async outlines(userId: string): Promise<readonly MemoryOutline[]> {
    const known = this.known.revision(userId);
    const outlines = this.known.update(userId, await this.outlinesSince(userId, known));
    if (outlines !== undefined) return outlines;
    return this.known.update(userId, await this.outlinesSince(userId, NOTHING_KNOWN)) ?? [];
  }

  /** Those of whom everything is read may be long, and wait for nobody, nor anybody for them. */
  private async outlinesSince(userId: string, known: KnownRevision): Promise<OutlinesRow> {
    if (known !== NOTHING_KNOWN) return this.outlining.ask({ userId, known });
    const [row] = await this.outlinesOf([{ userId, known }]);
    return row as OutlinesRow;
  }

  private async outlinesOf(asked: readonly AskedOutlines[]): Promise<OutlinesRow[]> {
    return this.database.lookUp('memory_outlines', OUTLINES, [
      asked.map(({ userId }) => userId),
      asked.map(({ known }) => known.appended),
      asked.map(({ known }) => known.changed),
      asked.map(({ known }) => known.lastId),
    ]);
  }

  /** Those whose vectors are nearest to this one by their signs; unordered. */
  async nearest(userId: string, { model, values }: TextVector): Promise<NearMemory[]> {
    const rows = await this.database.lookUp<{ id: string; createdAt: Date; sent: Buffer }>('memory_nearest', NEAREST, [
      userId,
      signatureOf(values),
      model,
    ]);
    return rows.map(({ id, createdAt, sent }) => ({ id, createdAt, embedding: readRealArray(sent) }));
  }

  /** Those of these that were there when the user's outlines were last asked for; unordered. */
  async read(userId: string, ids: readonly string[]): Promise<MemoryRow[]> {
    const revision = this.known.revision(userId);
    const known = ids.flatMap((id) => this.known.row(revision, id) ?? []);
    if (known.length === ids.length) return known;
    const there = new Set(known.map(({ id }) => id));
    const rows = await this.reading.ask({ userId, ids: ids.filter((id) => !there.has(id)) });
    this.known.keep(revision.changed, rows);
    return [...known, ...rows];
  }

  private async readAll(asked: readonly AskedRows[]): Promise<MemoryRow[][]> {
    const pairs = asked.flatMap(({ userId, ids }, at) => ids.map((id) => ({ at, userId, id })));
    const rows = await this.database.lookUp<MemoryRow & { at: number }>('memory_read', READ, [
      pairs.map(({ at }) => at),
      pairs.map(({ userId }) => userId),
      pairs.map(({ id }) => id),
    ]);
    return byQuestion(rows, asked.length);
  }

  /** Newest first; `before` is the id to go on after. What was asked and replied only `withConversation`. */
  async list(userId: string, limit: number, before: string | null, withConversation: boolean): Promise<MemoryRow[]> {
    return this.database.query('memory_list', LIST, [userId, limit, before, withConversation]);
  }

  /**
   * False where the user has no such memory. With what was said goes what was asked and replied in the same turn, what
   * was repeated of it in others, and what the profile knows from the same message. Turns that said it before, and are
   * learned from later, do not bring it back.
   */
  async remove(userId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      if (!(await lockUser(sql, userId))) return false;
      const { found, statements } = await forgetMemory(sql, userId, id);
      await forgetFactsOfStatements(sql, userId, statements);
      return found;
    });
  }

  /** What was first said in a session, and what was repeated of it in others. */
  async removeSession(userId: string, sessionId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (await forgetSession(sql, 'memory', userId, sessionId)) await forgetMemoriesOfSession(sql, userId, sessionId);
    });
  }

  /** Also what turns that are not learned yet have said. */
  async removeAll(userId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (await forgetUntilNow(sql, 'memory', userId)) await sql('DELETE FROM memories WHERE user_id = $1', [userId]);
    });
  }
}

/** Takes the turns; those of the memories that may still be learned. */
async function wanted(
  sql: Sql,
  learner: Learner,
  turns: readonly UserTurn[],
  memories: readonly NewMemory[],
): Promise<NewMemory[]> {
  const taken = await takeTurns(sql, learner, turns);
  const fresh = memories.filter(
    ({ turnId, createdAt }) => turnId !== null && createdAt.getTime() > (taken.get(turnId) ?? Infinity),
  );
  const about = ({ userId, hash, createdAt }: NewMemory) => ({ userId, mark: hash, saidAt: createdAt });
  return withoutForgotten(sql, 'memory', fresh, about);
}

async function insert(sql: Sql, memories: readonly NewMemory[]): Promise<void> {
  if (memories.length === 0) return;
  // Two of one statement that say the same would make it fail: the last one counts.
  const keyOf = ({ userId, hash }: NewMemory) => `${userId} ${hash.toString('hex')}`;
  const distinct = new Map(memories.map((memory) => [keyOf(memory), memory]));
  await sql(
    `${ADD} ON CONFLICT (user_id, hash) DO UPDATE SET created_at = greatest(memories.created_at, EXCLUDED.created_at)`,
    [asJson([...distinct.values()])],
  );
}

function asJson(memories: readonly NewMemory[]): string | null {
  return storableJson(
    memories.map((memory) => ({
      id: memory.id,
      user_id: memory.userId,
      session_id: memory.sessionId,
      message_id: memory.messageId,
      turn_id: memory.turnId,
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
