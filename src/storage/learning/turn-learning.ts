import { MEMORY_ADD, MEMORY_REFINE, PROFILE_REFINE, PROFILE_UPDATE } from '../../core/domain/write-back.js';
import type { Database, Sql } from '../database/database.js';

/** Which engine learned, and whether a model looked again: each learns from every turn once. */
export type Learner = 'memory' | 'profile' | 'memory.model' | 'profile.model';

/** What the outbox promises of a learner. */
const PROMISES: Record<Learner, string> = {
  memory: MEMORY_ADD,
  profile: PROFILE_UPDATE,
  'memory.model': MEMORY_REFINE,
  'profile.model': PROFILE_REFINE,
};

/** Whose wish to forget binds a learner. */
const HORIZONS: Record<Learner, 'memory' | 'profile'> = {
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
export async function forgetUntilNow(sql: Sql, learner: 'memory' | 'profile', userId: string): Promise<boolean> {
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
