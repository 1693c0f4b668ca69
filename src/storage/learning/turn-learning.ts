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
 * A session's turns are not learned from any more, also not by a job that has read one already. False where there is
 * no such user.
 */
export async function forgetSession(sql: Sql, learner: Learner, userId: string, sessionId: string): Promise<boolean> {
  if (!(await lockUser(sql, userId))) return false;
  await sql(
    `INSERT INTO learned_turns (turn_id, engine, user_id)
     SELECT DISTINCT turn_id, $3, user_id FROM messages
     WHERE session_id = $2 AND user_id = $1 AND turn_id IS NOT NULL ON CONFLICT DO NOTHING`,
    [userId, sessionId, learner],
  );
  return true;
}

/**
 * Deleted things, each by a mark that is the same for what says the same: turns that said it before now, and are still
 * to be learned from, do not bring it back. The user must be locked.
 */
export async function noteForgotten(
  sql: Sql,
  learner: Learner,
  userId: string,
  marks: readonly Buffer[],
): Promise<void> {
  if (marks.length === 0) return;
  await sql(
    `INSERT INTO forgotten_items (user_id, engine, mark, forgotten_at)
     SELECT $1, $2, decode(mark, 'hex'), clock_timestamp() FROM unnest($3::text[]) AS mark
     ON CONFLICT (user_id, engine, mark) DO UPDATE SET forgotten_at = EXCLUDED.forgotten_at`,
    [userId, learner, [...new Set(marks.map((mark) => mark.toString('hex')))]],
  );
}

/** Those of the things said that were not deleted after they had been said. The user must be locked. */
export async function withoutForgotten<Said>(
  sql: Sql,
  learner: Learner,
  userId: string,
  said: readonly Said[],
  about: (item: Said) => { mark: Buffer; saidAt: Date },
): Promise<Said[]> {
  if (said.length === 0) return [];
  const marks = said.map((item) => about(item).mark.toString('hex'));
  const rows = await sql<{ mark: string; forgottenAt: Date }>(
    `SELECT encode(mark, 'hex') AS mark, forgotten_at AS "forgottenAt" FROM forgotten_items
     WHERE user_id = $1 AND engine = $2 AND mark IN (SELECT decode(wanted, 'hex') FROM unnest($3::text[]) AS wanted)`,
    [userId, learner, marks],
  );
  const forgotten = new Map(rows.map(({ mark, forgottenAt }) => [mark, forgottenAt.getTime()]));
  return said.filter((item) => {
    const { mark, saidAt } = about(item);
    return saidAt.getTime() > (forgotten.get(mark.toString('hex')) ?? -Infinity);
  });
}

/**
 * Serialises what is learned and forgotten of one user. Foreign keys need a weaker lock, so chats go on meanwhile.
 * False where there is no such user.
 */
export async function lockUser(sql: Sql, userId: string): Promise<boolean> {
  const rows = await sql('SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  return rows.length > 0;
}
