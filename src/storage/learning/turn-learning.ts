import { MEMORY_ADD, MEMORY_REFINE, PROFILE_REFINE, PROFILE_UPDATE } from '../../core/domain/write-back.js';
import type { Database, Sql } from '../database/database.js';

/** Which engine learned, and whether a model looked again: each learns from every turn once. */
export type Learner = 'memory' | 'profile' | 'memory.model' | 'profile.model';

/** What a user's wish to forget is about. */
export type LearnedKind = 'memory' | 'profile';

/** What the outbox promises of a learner. */
const PROMISES: Record<Learner, string> = {
  memory: MEMORY_ADD,
  profile: PROFILE_UPDATE,
  'memory.model': MEMORY_REFINE,
  'profile.model': PROFILE_REFINE,
};

/** Whose wish to forget binds a learner. */
const HORIZONS: Record<Learner, LearnedKind> = {
  memory: 'memory',
  profile: 'profile',
  'memory.model': 'memory',
  'profile.model': 'profile',
};

/** A turn, and whose it is. */
export interface UserTurn {
  userId: string;
  turnId: string;
}

/** By turn that was not learned yet, in milliseconds: only what its user said after this may be learned. */
export type TakenTurns = ReadonlyMap<string, number>;

/** Before the costly part: those of the turns that are learned already. */
export async function learnedOf(
  database: Database,
  learner: Learner,
  turnIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ id: string }>(
    'learned_turns_find',
    'SELECT turn_id AS id FROM learned_turns WHERE turn_id = ANY($1) AND engine = $2',
    [turnIds, learner],
  );
  return new Set(rows.map(({ id }) => id));
}

/**
 * Takes turns for this transaction: one that runs at the same time waits, and then finds them taken. What the outbox
 * promised of them is settled with it, so that they are learned exactly once. Those of users who are gone are not taken.
 */
export async function takeTurns(sql: Sql, learner: Learner, turns: readonly UserTurn[]): Promise<TakenTurns> {
  const users = await lockUsers(sql, [...new Set(turns.map(({ userId }) => userId))]);
  const there = turns.filter(({ userId }) => users.has(userId));
  if (there.length === 0) return new Map();
  // The horizon is read by a statement that begins when the lock is held: one set meanwhile counts.
  const taken = await sql<{ id: string; until: Date | null }>(
    `WITH wanted AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS w (turn_id, user_id)), settled AS (
       UPDATE outbox SET done_at = now() FROM wanted w
       WHERE outbox.turn_id = w.turn_id AND outbox.kind = $4 AND outbox.user_id = w.user_id AND done_at IS NULL
     ), taken AS (
       INSERT INTO learned_turns (turn_id, engine, user_id) SELECT turn_id, $3, user_id FROM wanted
       ON CONFLICT DO NOTHING RETURNING turn_id, user_id
     )
     SELECT t.turn_id AS id, h.forgotten_until AS until
     FROM taken t LEFT JOIN learning_horizons h ON h.user_id = t.user_id AND h.engine = $5`,
    [
      there.map(({ turnId }) => turnId),
      there.map(({ userId }) => userId),
      learner,
      PROMISES[learner],
      HORIZONS[learner],
    ],
  );
  return new Map(taken.map(({ id, until }) => [id, until?.getTime() ?? -Infinity]));
}

/** What was said until now is not learned any more, also not by a job that has read it already. */
export async function forgetUntilNow(sql: Sql, kind: LearnedKind, userId: string): Promise<boolean> {
  if (!(await lockUser(sql, userId))) return false;
  await sql(
    `INSERT INTO learning_horizons (user_id, engine, forgotten_until) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (user_id, engine) DO UPDATE SET forgotten_until = EXCLUDED.forgotten_until`,
    [userId, kind],
  );
  return true;
}

/**
 * A session's turns are not learned from any more, also not by a job that has read one already. False where there is
 * no such user.
 */
export async function forgetSession(sql: Sql, kind: LearnedKind, userId: string, sessionId: string): Promise<boolean> {
  if (!(await lockUser(sql, userId))) return false;
  await sql(
    `INSERT INTO learned_turns (turn_id, engine, user_id)
     SELECT DISTINCT turn_id, engine, user_id FROM messages CROSS JOIN unnest($3::text[]) AS engine
     WHERE session_id = $2 AND user_id = $1 AND turn_id IS NOT NULL ON CONFLICT DO NOTHING`,
    [userId, sessionId, [kind, `${kind}.model`]],
  );
  return true;
}

/** A model that looks at these turns again must not bring back what was deleted. The user must be locked. */
export async function barModel(sql: Sql, kind: LearnedKind, userId: string, turnIds: readonly string[]): Promise<void> {
  if (turnIds.length === 0) return;
  await sql(
    `INSERT INTO learned_turns (turn_id, engine, user_id) SELECT DISTINCT id, $2, $3::uuid FROM unnest($1::uuid[]) AS id
     ON CONFLICT DO NOTHING`,
    [turnIds, `${kind}.model`, userId],
  );
}

/**
 * What a user has deleted was told in these turns: nobody learns from them any more, neither memories nor facts. The user
 * must be locked.
 */
export async function settleTurns(sql: Sql, userId: string, turnIds: readonly string[]): Promise<void> {
  if (turnIds.length === 0) return;
  const learners: Learner[] = ['memory', 'memory.model', 'profile', 'profile.model'];
  await sql(
    `INSERT INTO learned_turns (turn_id, engine, user_id)
     SELECT DISTINCT id, engine, $3::uuid FROM unnest($1::uuid[]) AS id CROSS JOIN unnest($2::text[]) AS engine
     ON CONFLICT DO NOTHING`,
    [turnIds, learners, userId],
  );
}

/**
 * Deleted things, each by a mark that is the same for what says the same: turns that said it before now, and are still
 * to be learned from, do not bring it back. The user must be locked.
 */
export async function noteForgotten(
  sql: Sql,
  kind: LearnedKind,
  userId: string,
  marks: readonly Buffer[],
): Promise<void> {
  if (marks.length === 0) return;
  await sql(
    `INSERT INTO forgotten_items (user_id, engine, mark, forgotten_at)
     SELECT $1, $2, decode(mark, 'hex'), clock_timestamp() FROM unnest($3::text[]) AS mark
     ON CONFLICT (user_id, engine, mark) DO UPDATE SET forgotten_at = EXCLUDED.forgotten_at`,
    [userId, kind, [...new Set(marks.map((mark) => mark.toString('hex')))]],
  );
}

const keyOf = (userId: string, mark: string) => `${userId} ${mark}`;

/** Those of the things said that were not deleted after they had been said. Their users must be locked. */
export async function withoutForgotten<Said>(
  sql: Sql,
  kind: LearnedKind,
  said: readonly Said[],
  about: (item: Said) => { userId: string; mark: Buffer; saidAt: Date },
): Promise<Said[]> {
  if (said.length === 0) return [];
  const marks = said.map(about);
  const rows = await sql<{ userId: string; mark: string; forgottenAt: Date }>(
    `SELECT f.user_id AS "userId", encode(f.mark, 'hex') AS mark, f.forgotten_at AS "forgottenAt"
     FROM unnest($2::uuid[], $3::text[]) AS w (user_id, mark)
       JOIN forgotten_items f ON f.user_id = w.user_id AND f.engine = $1 AND f.mark = decode(w.mark, 'hex')`,
    [kind, marks.map(({ userId }) => userId), marks.map(({ mark }) => mark.toString('hex'))],
  );
  const forgotten = new Map(rows.map((row) => [keyOf(row.userId, row.mark), row.forgottenAt.getTime()]));
  return said.filter((item) => {
    const { userId, mark, saidAt } = about(item);
    return saidAt.getTime() > (forgotten.get(keyOf(userId, mark.toString('hex'))) ?? -Infinity);
  });
}

/**
 * Serialises what is learned and forgotten of one user. Foreign keys need a weaker lock, so chats go on meanwhile.
 * False where there is no such user.
 */
export async function lockUser(sql: Sql, userId: string): Promise<boolean> {
  return (await lockUsers(sql, [userId])).size > 0;
}

/** Those of them who are there. Locked in one order by everybody, so that no two wait for each other. */
async function lockUsers(sql: Sql, userIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql<{ id: string }>('SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE', [
    userIds,
  ]);
  return new Set(rows.map(({ id }) => id));
}
