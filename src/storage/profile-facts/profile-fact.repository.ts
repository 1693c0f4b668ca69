import { Injectable } from '@nestjs/common';
import { groupedBy } from '../../core/util/grouping.js';
import { Batcher } from '../database/batcher.js';
import { Database } from '../database/database.js';
import {
  barModel,
  forgetSession,
  forgetUntilNow,
  learnedOf,
  lockUser,
  noteForgotten,
  takeTurns,
  type UserTurn,
  withoutForgotten,
} from '../learning/turn-learning.js';
import { forgetMemoriesOfFacts } from '../memories/memory-forgetting.js';
import {
  type Belief,
  believe,
  COLUMNS,
  MOST_BELIEVED,
  type NewProfileFact,
  type ProfileFactRow,
  retract,
} from './profile-beliefs.js';
import { forgetFactsOfSession, type KeyedFact, markOf } from './profile-forgetting.js';

export type { Belief, NewProfileFact, ProfileFactRow } from './profile-beliefs.js';

/** What turns taught, each user's in the order in which it was said. */
export interface TurnBelief extends UserTurn {
  belief: Belief;
}

/** That something is no longer so is never what was deleted. */
const markOfBelief = (belief: Belief): Buffer => ('retracts' in belief ? Buffer.alloc(0) : markOf(belief));

@Injectable()
export class ProfileFactRepository {
  private readonly believing = new Batcher((userIds: readonly string[]) => this.believedOf(userIds));

  constructor(private readonly database: Database) {}

  /** Those of the turns that a model has looked at. */
  async refined(turnIds: readonly string[]): Promise<ReadonlySet<string>> {
    return learnedOf(this.database, 'profile.model', turnIds);
  }

  /** Once a turn; `byModel` where a model has looked at what was learned by rules before. */
  async learn(turns: readonly UserTurn[], beliefs: readonly TurnBelief[], byModel: boolean): Promise<void> {
    await this.database.transaction(async (sql) => {
      const taken = await takeTurns(sql, byModel ? 'profile.model' : 'profile', turns);
      const fresh = beliefs.filter(
        ({ turnId, belief }) => belief.validFrom.getTime() > (taken.get(turnId) ?? Infinity),
      );
      const wanted = await withoutForgotten(sql, 'profile', fresh, ({ userId, belief }) => ({
        userId,
        mark: markOfBelief(belief),
        saidAt: belief.validFrom,
      }));
      for (const { userId, turnId, belief } of wanted) {
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
  async believed(userId: string): Promise<readonly ProfileFactRow[]> {
    return this.believing.ask(userId);
  }

  private async believedOf(userIds: readonly string[]): Promise<ProfileFactRow[][]> {
    const rows = await this.database.lookUp<ProfileFactRow & { userId: string }>(
      'profile_fact_believed',
      `SELECT user_id AS "userId", ${COLUMNS} FROM unnest($1::uuid[]) AS asked (asking) CROSS JOIN LATERAL (
         SELECT * FROM profile_facts WHERE user_id = asked.asking AND valid_to IS NULL
         ORDER BY valid_from DESC, id DESC LIMIT ${MOST_BELIEVED}
       ) AS f ORDER BY f.user_id, f.valid_from DESC, f.id DESC`,
      [[...new Set(userIds)]],
    );
    const byUser = groupedBy(rows, ({ userId }) => userId);
    return userIds.map((userId) => byUser.get(userId) ?? []);
  }

  /**
   * With what was believed before it, and the memories of the messages that said so. False where the user has no such
   * fact. Turns that said it before, and are learned from later, do not bring it back.
   */
  async remove(userId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      if (!(await lockUser(sql, userId))) return false;
      const gone = await sql<KeyedFact & { id: string; turnId: string | null; messageId: string | null }>(
        `WITH gone AS (DELETE FROM profile_facts WHERE user_id = $1
           AND slot = (SELECT slot FROM profile_facts WHERE id = $2 AND user_id = $1) RETURNING id, key, value, turn_id, message_id)
         SELECT id, key, value, turn_id AS "turnId", message_id AS "messageId" FROM gone`,
        [userId, id],
      );
      const turnIds = gone.flatMap(({ turnId }) => turnId ?? []);
      await noteForgotten(sql, 'profile', userId, gone.map(markOf));
      await barModel(sql, 'profile', userId, turnIds);
      await forgetMemoriesOfFacts(sql, userId, gone);
      return gone.length > 0;
    });
  }

  /** What was said in a session. What it superseded, and was said elsewhere, is believed again. */
  async removeSession(userId: string, sessionId: string): Promise<void> {
    await this.database.transaction(async (sql) => {
      if (await forgetSession(sql, 'profile', userId, sessionId)) await forgetFactsOfSession(sql, userId, sessionId);
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
