import type { Database, Sql } from '../database/database.js';

/** Which engine learned: each learns from every turn once. */
export type Learner = 'memory' | 'profile';

export interface LearningTurn {
  turnId: string;
  userId: string;
}

/** Before the costly part: whether there is anything left to learn. */
export async function hasLearned(database: Database, learner: Learner, turnId: string): Promise<boolean> {
  const row = await database.one(
    'learned_turn_find',
    'SELECT 1 AS found FROM learned_turns WHERE turn_id = $1 AND engine = $2',
    [turnId, learner],
  );
  return row !== undefined;
}

/**
 * Takes a turn for this transaction: one that runs at the same time waits, and then finds it taken. Undefined where the
 * turn was learned before or the user is gone; else only what was said after `forgottenUntil` may be learned.
 */
export async function takeTurn(
  sql: Sql,
  learner: Learner,
  turn: LearningTurn,
): Promise<{ forgottenUntil: Date | null } | undefined> {
  if (!(await lockUser(sql, turn.userId))) return undefined;
  const taken = await sql(
    'INSERT INTO learned_turns (turn_id, engine, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING turn_id',
    [turn.turnId, learner, turn.userId],
  );
  if (taken.length === 0) return undefined;
  const [horizon] = await sql<{ forgottenUntil: Date }>(
    'SELECT forgotten_until AS "forgottenUntil" FROM learning_horizons WHERE user_id = $1 AND engine = $2',
    [turn.userId, learner],
  );
  return { forgottenUntil: horizon?.forgottenUntil ?? null };
}

/** What was said until now is not learned any more, also not by a job that has read it already. */
export async function forgetUntilNow(sql: Sql, learner: Learner, userId: string): Promise<boolean> {
  if (!(await lockUser(sql, userId))) return false;
  await sql(
    `INSERT INTO learning_horizons (user_id, engine, forgotten_until) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (user_id, engine) DO UPDATE SET forgotten_until = EXCLUDED.forgotten_until`,
    [userId, learner],
  );
  return true;
}

/**
 * Serialises what is learned and forgotten of one user. Foreign keys need a weaker lock, so chats go on meanwhile.
 * False where there is no such user.
 */
export async function lockUser(sql: Sql, userId: string): Promise<boolean> {
  const rows = await sql('SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  return rows.length > 0;
}
