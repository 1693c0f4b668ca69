import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { storableText } from '../../core/util/storable.js';
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
import type { FactSource } from './profile-fact.entity.js';

export interface NewProfileFact {
  id: string;
  key: string;
  /** What there can be one of: of two facts in one slot the later one is believed. */
  slot: string;
  value: string;
  source: FactSource;
  messageId: string | null;
  /** When it was said. */
  validFrom: Date;
}

export interface ProfileFactRow {
  id: string;
  key: string;
  value: string;
  source: FactSource;
  messageId: string | null;
  validFrom: Date;
}

/** More is not known of anybody; what is said beyond it is not learned. */
const MOST_BELIEVED = 500;

type KeyedFact = Pick<NewProfileFact, 'key' | 'value'>;

/** The same for facts that say the same. */
const markOf = ({ key, value }: KeyedFact): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([key, value.toLowerCase()]))
    .digest();

/** $1 user, $2 facts that are gone: of those that they superseded the last of each slot, where the slot is free now. */
const BELIEVE_AGAIN = `
  WITH last AS (
    SELECT DISTINCT ON (slot) id FROM profile_facts f WHERE user_id = $1 AND superseded_by = ANY($2)
      AND NOT EXISTS (SELECT 1 FROM profile_facts b WHERE b.user_id = $1 AND b.slot = f.slot AND b.valid_to IS NULL)
    ORDER BY slot, valid_from DESC, id DESC
  )
  UPDATE profile_facts SET superseded_by = NULL, valid_to = CASE WHEN id NOT IN (SELECT id FROM last) THEN valid_to END
  WHERE user_id = $1 AND superseded_by = ANY($2)`;

const COLUMNS = `id, key, value, source, message_id AS "messageId", valid_from AS "validFrom"`;

@Injectable()
export class ProfileFactRepository {
  constructor(private readonly database: Database) {}

  async hasLearned(turnId: string): Promise<boolean> {
    return hasLearned(this.database, 'profile', turnId);
  }

  /** Once a turn. */
  async learn(turn: LearningTurn, facts: readonly NewProfileFact[]): Promise<void> {
    await this.database.transaction(async (sql) => {
      const taken = await takeTurn(sql, 'profile', turn);
      if (taken === undefined) return;
      const until = taken.forgottenUntil?.getTime() ?? -Infinity;
      const fresh = facts.filter(({ validFrom }) => validFrom.getTime() > until);
      const wanted = await withoutForgotten(sql, 'profile', turn.userId, fresh, (fact) => ({
        mark: markOf(fact),
        saidAt: fact.validFrom,
      }));
      for (const fact of wanted) await believe(sql, turn.userId, turn.turnId, fact);
    });
  }

  /** What a user sets by hand. Undefined where it cannot be kept: the user is gone, or too much is known already. */
  async set(userId: string, fact: NewProfileFact): Promise<ProfileFactRow | undefined> {
    return this.database.transaction(async (sql) =>
      (await lockUser(sql, userId)) ? believe(sql, userId, null, fact) : undefined,
    );
  }

  /** What is believed now, newest first. */
  async believed(userId: string): Promise<ProfileFactRow[]> {
    return this.database.lookUp(
      'profile_fact_believed',
      `SELECT ${COLUMNS} FROM profile_facts WHERE user_id = $1 AND valid_to IS NULL
       ORDER BY valid_from DESC, id DESC LIMIT ${MOST_BELIEVED}`,
      [userId],
    );
  }

  /**
   * With what was believed before it. False where the user has no such fact. Turns that said it before, and are learned
   * from later, do not bring it back.
   */
  async remove(userId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      if (!(await lockUser(sql, userId))) return false;
      const gone = await sql<KeyedFact>(
        `WITH gone AS (DELETE FROM profile_facts WHERE user_id = $1
           AND slot = (SELECT slot FROM profile_facts WHERE id = $2 AND user_id = $1) RETURNING key, value)
         SELECT key, value FROM gone`,
        [userId, id],
      );
      await noteForgotten(sql, 'profile', userId, gone.map(markOf));
      return gone.length > 0;
    });
  }

  /** What was said in a session. What it superseded, and was said elsewhere, is believed again. */
  async removeSession(userId: string, sessionId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (!(await forgetSession(sql, 'profile', userId, sessionId))) return;
      const gone = await sql<KeyedFact & { id: string }>(
        `WITH gone AS (DELETE FROM profile_facts WHERE user_id = $1
           AND message_id IN (SELECT id FROM messages WHERE session_id = $2 AND user_id = $1) RETURNING id, key, value)
         SELECT id, key, value FROM gone`,
        [userId, sessionId],
      );
      await noteForgotten(sql, 'profile', userId, gone.map(markOf));
      const ids = gone.map(({ id }) => id);
      if (ids.length > 0) await sql(BELIEVE_AGAIN, [userId, ids]);
    });
  }

  /** Also what turns that are not learned yet have said. */
  async removeAll(userId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (!(await forgetUntilNow(sql, 'profile', userId))) return;
      await sql('DELETE FROM profile_facts WHERE user_id = $1', [userId]);
    });
  }
}

/** The user's row must be locked. The fact that holds the slot afterwards; undefined where there is no room. */
async function believe(
  sql: Sql,
  userId: string,
  turnId: string | null,
  fact: NewProfileFact,
): Promise<ProfileFactRow | undefined> {
  const [held] = await sql<ProfileFactRow>(
    `SELECT ${COLUMNS} FROM profile_facts WHERE user_id = $1 AND slot = $2 AND valid_to IS NULL`,
    [userId, storableText(fact.slot)],
  );
  if (held === undefined) return (await hasRoom(sql, userId)) ? insert(sql, userId, turnId, fact, null) : undefined;
  if (held.key === fact.key && held.value.toLowerCase() === fact.value.toLowerCase()) return held;
  // Jobs may come in another order than the words did: what was said first is then history from the start. What is set
  // by hand counts at once, whatever the clocks say.
  if (fact.source !== 'user' && held.validFrom > fact.validFrom) {
    await insert(sql, userId, turnId, fact, held);
    return held;
  }
  await sql('UPDATE profile_facts SET valid_to = greatest(valid_from, $2), superseded_by = $3 WHERE id = $1', [
    held.id,
    fact.validFrom,
    fact.id,
  ]);
  return insert(sql, userId, turnId, fact, null);
}

async function hasRoom(sql: Sql, userId: string): Promise<boolean> {
  const [row] = await sql<{ known: number }>(
    'SELECT count(*)::int AS known FROM profile_facts WHERE user_id = $1 AND valid_to IS NULL',
    [userId],
  );
  return (row?.known ?? 0) < MOST_BELIEVED;
}

async function insert(
  sql: Sql,
  userId: string,
  turnId: string | null,
  fact: NewProfileFact,
  supersededBy: ProfileFactRow | null,
): Promise<ProfileFactRow | undefined> {
  const [row] = await sql<ProfileFactRow>(
    `INSERT INTO profile_facts (id, user_id, key, slot, value, source, message_id, turn_id, valid_from, valid_to, superseded_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING ${COLUMNS}`,
    [
      fact.id,
      userId,
      storableText(fact.key),
      storableText(fact.slot),
      storableText(fact.value),
      fact.source,
      fact.messageId,
      turnId,
      fact.validFrom,
      supersededBy?.validFrom ?? null,
      supersededBy?.id ?? null,
    ],
  );
  return row;
}
