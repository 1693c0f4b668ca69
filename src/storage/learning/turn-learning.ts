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

export interface TakenTurns {
  /** Those that are not learned yet. */
  turnIds: ReadonlySet<string>;
  /** Milliseconds: only what was said after this may be learned. */
  forgottenUntil: number;
}

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
 * Takes turns of a user for this transaction: one that runs at the same time waits, and then finds them taken. What the
 * outbox promised of them is settled with it, so that they are learned exactly once. Undefined where the user is gone.
 */
export async function takeTurns(
  sql: Sql,
  learner: Learner,
  userId: string,
  turnIds: readonly string[],
): Promise<TakenTurns | undefined> {
  if (!(await lockUser(sql, userId))) return undefined;
  const taken = await sql<{ id: string }>(
    `WITH settled AS (
       UPDATE outbox SET done_at = now() WHERE turn_id = ANY($1) AND kind = $4 AND user_id = $3 AND done_at IS NULL
     )
     INSERT INTO learned_turns (turn_id, engine, user_id) SELECT id, $2, $3 FROM unnest($1::uuid[]) AS id
     ON CONFLICT DO NOTHING RETURNING turn_id AS id`,
    [turnIds, learner, userId, PROMISES[learner]],
  );
  const [horizon] = await sql<{ until: Date }>(
    'SELECT forgotten_until AS until FROM learning_horizons WHERE user_id = $1 AND engine = $2',
    [userId, HORIZONS[learner]],
  );
  return { turnIds: new Set(taken.map(({ id }) => id)), forgottenUntil: horizon?.until.getTime() ?? -Infinity };
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

/** Those of the things said that were not deleted after they had been said. The user must be locked. */
export async function withoutForgotten<Said>(
  sql: Sql,
  kind: LearnedKind,
  userId: string,
  said: readonly Said[],
  about: (item: Said) => { mark: Buffer; saidAt: Date },
): Promise<Said[]> {
  if (said.length === 0) return [];
  const marks = said.map((item) => about(item).mark.toString('hex'));
  const rows = await sql<{ mark: string; forgottenAt: Date }>(
    `SELECT encode(mark, 'hex') AS mark, forgotten_at AS "forgottenAt" FROM forgotten_items
     WHERE user_id = $1 AND engine = $2 AND mark IN (SELECT decode(wanted, 'hex') FROM unnest($3::text[]) AS wanted)`,
    [userId, kind, marks],
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
