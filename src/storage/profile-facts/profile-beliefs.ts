import { newId } from '../../core/util/ids.js';
import { storableText } from '../../core/util/storable.js';
import type { Sql } from '../database/database.js';
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

/** That something is no longer so. */
export interface Retraction {
  /** Keys of facts that end. */
  retracts: readonly string[];
  /** Only facts of this value, whatever its article or preposition; all of them where it is empty. */
  value: string;
  source: FactSource;
  messageId: string | null;
  validFrom: Date;
}

export type Belief = NewProfileFact | Retraction;

export interface ProfileFactRow {
  id: string;
  key: string;
  value: string;
  source: FactSource;
  messageId: string | null;
  validFrom: Date;
}

/** More is not known of anybody; what is said beyond it is not learned. */
export const MOST_BELIEVED = 500;

export const COLUMNS = `id, key, value, source, message_id AS "messageId", valid_from AS "validFrom"`;

/** "at Google" and "Google" are one workplace. */
const bare = (text: string) => `regexp_replace(lower(${text}), '^((an?|the|at|for|in|as|with) )+', '')`;

/** The user's row must be locked. The fact that holds the slot afterwards; undefined where none does. */
export async function believe(
  sql: Sql,
  userId: string,
  turnId: string | null,
  fact: NewProfileFact,
): Promise<ProfileFactRow | undefined> {
  const [held] = await sql<ProfileFactRow>(
    `SELECT ${COLUMNS} FROM profile_facts WHERE user_id = $1 AND slot = $2 AND valid_to IS NULL`,
    [userId, storableText(fact.slot)],
  );
  if (held === undefined) return believeAnew(sql, userId, turnId, fact);
  if (held.key === fact.key && held.value.toLowerCase() === fact.value.toLowerCase()) return held;
  // Jobs may come in another order than the words did: what was said first is then history from the start. What is set
  // by hand counts at once, whatever the clocks say.
  if (fact.source !== 'user' && held.validFrom > fact.validFrom) {
    await insert(sql, userId, turnId, fact, { validTo: held.validFrom, supersededBy: held.id });
    return held;
  }
  await sql('UPDATE profile_facts SET valid_to = greatest(valid_from, $2), superseded_by = $3 WHERE id = $1', [
    held.id,
    fact.validFrom,
    fact.id,
  ]);
  return insert(sql, userId, turnId, fact, null);
}

/** Ends facts; what was said before it and is learned after it is history from the start, too. */
export async function retract(
  sql: Sql,
  userId: string,
  turnId: string,
  { retracts, value, source, messageId, validFrom }: Retraction,
): Promise<void> {
  const keys = retracts.map(storableText);
  await sql(
    `UPDATE profile_facts SET valid_to = $3
     WHERE user_id = $1 AND key = ANY($2) AND valid_to IS NULL AND valid_from <= $3
       AND ($4 = '' OR ${bare('value')} = ${bare('$4')})`,
    [userId, keys, validFrom, storableText(value)],
  );
  if (value !== '') return;
  await sql(`DELETE FROM profile_facts WHERE user_id = $1 AND slot = ANY($2) AND value = '' AND valid_to <= $3`, [
    userId,
    keys,
    validFrom,
  ]);
  const mark = { value: '', source, messageId, validFrom };
  for (const key of keys) {
    await insert(
      sql,
      userId,
      turnId,
      { ...mark, id: newId(), key, slot: key },
      { validTo: validFrom, supersededBy: null },
    );
  }
}

/** Undefined where there is no room, or where it has ended already. */
async function believeAnew(
  sql: Sql,
  userId: string,
  turnId: string | null,
  fact: NewProfileFact,
): Promise<ProfileFactRow | undefined> {
  const [row] = await sql<{ known: number; endedAt: Date | null }>(
    `SELECT (SELECT count(*)::int FROM profile_facts WHERE user_id = $1 AND valid_to IS NULL) AS known,
       (SELECT max(valid_to) FROM profile_facts WHERE user_id = $1 AND slot = $2 AND valid_to > $3) AS "endedAt"`,
    [userId, storableText(fact.slot), fact.validFrom],
  );
  if (row?.endedAt && fact.source !== 'user') {
    await insert(sql, userId, turnId, fact, { validTo: row.endedAt, supersededBy: null });
    return undefined;
  }
  return (row?.known ?? 0) < MOST_BELIEVED ? insert(sql, userId, turnId, fact, null) : undefined;
}

async function insert(
  sql: Sql,
  userId: string,
  turnId: string | null,
  fact: NewProfileFact,
  ended: { validTo: Date; supersededBy: string | null } | null,
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
      ended?.validTo ?? null,
      ended?.supersededBy ?? null,
    ],
  );
  return row;
}
