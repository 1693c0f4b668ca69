import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { forgetUntilNow, learnedOf, lockUser, takeTurns } from '../learning/turn-learning.js';
import {
  type Belief,
  believe,
  COLUMNS,
  MOST_BELIEVED,
  type NewProfileFact,
  type ProfileFactRow,
  retract,
} from './profile-beliefs.js';

export type { Belief, NewProfileFact, ProfileFactRow } from './profile-beliefs.js';

/** What turns taught, in the order in which it was said. */
export interface TurnBelief {
  turnId: string;
  belief: Belief;
}

/** $1 user, $2 fact. A model that looks again later must not bring back what was deleted. */
const REMOVE = `WITH gone AS (
    DELETE FROM profile_facts WHERE user_id = $1
      AND slot = (SELECT slot FROM profile_facts WHERE id = $2 AND user_id = $1) RETURNING turn_id
  ), barred AS (
    INSERT INTO learned_turns (turn_id, engine, user_id)
    SELECT DISTINCT turn_id, 'profile.model', $1::uuid FROM gone WHERE turn_id IS NOT NULL ON CONFLICT DO NOTHING
  )
  SELECT count(*) FROM gone HAVING count(*) > 0`;

@Injectable()
export class ProfileFactRepository {
  constructor(private readonly database: Database) {}

  /** Those of the turns that a model has looked at. */
  async refined(turnIds: readonly string[]): Promise<ReadonlySet<string>> {
    return learnedOf(this.database, 'profile.model', turnIds);
  }

  /** Once a turn; `byModel` where a model has looked at what was learned by rules before. */
  async learn(
    userId: string,
    turnIds: readonly string[],
    beliefs: readonly TurnBelief[],
    byModel: boolean,
  ): Promise<void> {
    await this.database.transaction(async (sql) => {
      const taken = await takeTurns(sql, byModel ? 'profile.model' : 'profile', userId, turnIds);
      if (taken === undefined) return;
      for (const { turnId, belief } of beliefs) {
        if (!taken.turnIds.has(turnId) || belief.validFrom.getTime() <= taken.forgottenUntil) continue;
        await ('retracts' in belief ? retract(sql, userId, turnId, belief) : believe(sql, userId, turnId, belief));
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
    return this.database.query(
      'profile_fact_believed',
      `SELECT ${COLUMNS} FROM profile_facts WHERE user_id = $1 AND valid_to IS NULL
       ORDER BY valid_from DESC, id DESC LIMIT ${MOST_BELIEVED}`,
      [userId],
    );
  }

  /** With what was believed before it. False where the user has no such fact. */
  async remove(userId: string, id: string): Promise<boolean> {
    return (await this.database.one('profile_fact_remove', REMOVE, [userId, id])) !== undefined;
  }

  /** Also what turns that are not learned yet have said. */
  async removeAll(userId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (!(await forgetUntilNow(sql, 'profile', userId))) return;
      await sql('DELETE FROM profile_facts WHERE user_id = $1', [userId]);
    });
  }
}
