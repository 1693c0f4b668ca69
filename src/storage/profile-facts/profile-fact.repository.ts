import { Injectable } from '@nestjs/common';
import { storableText } from '../../core/util/storable.js';
import { Database, type Sql } from '../database/database.js';
import { forgetUntilNow, hasLearned, type LearningTurn, lockUser, takeTurn } from '../learning/turn-learning.js';
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
      for (const fact of facts) {
        if (fact.validFrom.getTime() > until) await believe(sql, turn.userId, turn.turnId, fact);
      }
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

  /** With what was believed before it. False where the user has no such fact. */
  async remove(userId: string, id: string): Promise<boolean> {
    const rows = await this.database.query(
      'profile_fact_remove',
      `DELETE FROM profile_facts WHERE user_id = $1
         AND slot = (SELECT slot FROM profile_facts WHERE id = $2 AND user_id = $1) RETURNING id`,
      [userId, id],
    );
    return rows.length > 0;
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
