import type { Sql } from '../database/database.js';
import { barModel, noteForgotten, settleTurns } from '../learning/turn-learning.js';
import { echoesOf, type ToldWords } from './memory-echoes.js';
import type { MemoryKind } from './memory.entity.js';

interface GoneRow {
  id: string;
  kind: MemoryKind;
  text: string;
  words: string;
  hash: Buffer;
  turnId: string | null;
  messageId: string | null;
}

/** A statement of a message that is forgotten. */
export interface ForgottenStatement {
  messageId: string;
  /** Null where it is all that the message said. */
  text: string | null;
}

const WORDS = 'coalesce(outline, lower(text))';
const GONE = `id, kind, text, ${WORDS} AS words, hash, turn_id AS "turnId", message_id AS "messageId"`;

/** What was said goes with what was asked and replied in the same turn. */
const BY_ID = `
  WITH removed AS (DELETE FROM memories WHERE id = $2 AND user_id = $1 RETURNING *),
  talk AS (
    DELETE FROM memories USING removed
    WHERE memories.user_id = $1 AND memories.id <> removed.id AND memories.turn_id = removed.turn_id
      AND removed.kind IN ('said', 'fact') AND memories.kind IN ('asked', 'replied')
    RETURNING memories.*
  )
  SELECT ${GONE} FROM removed UNION ALL SELECT ${GONE} FROM talk`;

const OF_SESSION = `WITH gone AS (DELETE FROM memories WHERE user_id = $1 AND session_id = $2 RETURNING *)
  SELECT ${GONE} FROM gone`;

/** What a model made of a message may be several things: only those that have the value. */
const OF_FACTS = `WITH fact AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS fact ("messageId" uuid, value text)),
  removed AS (
    DELETE FROM memories USING fact WHERE memories.user_id = $1 AND memories.message_id = fact."messageId"
      AND (memories.kind <> 'fact' OR position(lower(fact.value) IN lower(memories.text)) > 0)
    RETURNING memories.*
  ), talk AS (
    DELETE FROM memories USING fact, messages
    WHERE messages.id = fact."messageId" AND messages.user_id = $1 AND memories.user_id = $1
      AND memories.turn_id = messages.turn_id AND memories.message_id <> fact."messageId"
      AND memories.kind IN ('asked', 'replied')
    RETURNING memories.*
  )
  SELECT ${GONE} FROM removed UNION SELECT ${GONE} FROM talk`;

/** All of these need the user to be locked, and return what users told that is gone now. */
export const forgetMemory = (sql: Sql, userId: string, id: string) => forget(sql, userId, BY_ID, id);

export const forgetMemoriesOfSession = (sql: Sql, userId: string, id: string) => forget(sql, userId, OF_SESSION, id);

/** Memories of the messages that taught facts which are forgotten, and what was repeated of these. */
export async function forgetMemoriesOfFacts(
  sql: Sql,
  userId: string,
  facts: readonly { id: string; messageId: string | null; value: string }[],
): Promise<void> {
  const said = facts.filter(({ messageId }) => messageId !== null);
  const values = facts.map(({ id, value }) => ({ id, isTalk: false, words: value.toLowerCase() }));
  await forget(sql, userId, OF_FACTS, JSON.stringify(said), values);
}

/** With what was repeated of it in other turns. Turns that say it, and are learned from later, do not bring it back. */
async function forget(
  sql: Sql,
  userId: string,
  statement: string,
  subject: string,
  values: readonly ToldWords[] = [],
): Promise<{ found: boolean; statements: ForgottenStatement[] }> {
  const gone = await sql<GoneRow>(statement, [userId, subject]);
  const told = gone.filter(({ kind }) => !isTalk(kind));
  const echoes = await removeEchoes(sql, userId, [...gone.map(asWords), ...values]);
  await noteForgotten(
    sql,
    'memory',
    userId,
    [...gone, ...echoes].map(({ hash }) => hash),
  );
  await barModel(sql, 'memory', userId, turnsOf(gone));
  await settleTurns(sql, userId, turnsOf(told));
  const statements = told.flatMap(({ kind, messageId, text }) =>
    messageId === null ? [] : [{ messageId, text: kind === 'said' ? null : text }],
  );
  return { found: gone.length > 0, statements };
}

async function removeEchoes(sql: Sql, userId: string, gone: readonly ToldWords[]): Promise<{ hash: Buffer }[]> {
  if (gone.every(({ isTalk: isOnlyTalk }) => isOnlyTalk)) return [];
  const others = await sql<{ id: string; kind: MemoryKind; words: string }>(
    `SELECT id, kind, ${WORDS} AS words FROM memories WHERE user_id = $1`,
    [userId],
  );
  const ids = echoesOf(gone, others.map(asWords));
  if (ids.length === 0) return [];
  return sql(
    'WITH gone AS (DELETE FROM memories WHERE user_id = $1 AND id = ANY($2::uuid[]) RETURNING hash) SELECT hash FROM gone',
    [userId, ids],
  );
}

const asWords = ({ id, kind, words }: { id: string; kind: MemoryKind; words: string }): ToldWords => ({
  id,
  isTalk: isTalk(kind),
  words,
});

const isTalk = (kind: MemoryKind) => kind === 'asked' || kind === 'replied';

const turnsOf = (rows: readonly GoneRow[]): string[] => rows.flatMap(({ turnId }) => turnId ?? []);
