import { createHash } from 'node:crypto';
import type { Sql } from '../database/database.js';
import { noteForgotten } from '../learning/turn-learning.js';

export interface KeyedFact {
  key: string;
  value: string;
}

/** The same for facts that say the same. */
export const markOf = ({ key, value }: KeyedFact): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([key, value.toLowerCase()]))
    .digest();

const OF_SESSION = `message_id IN (SELECT id FROM messages WHERE session_id = $2 AND user_id = $1)`;

/** What a message said in part takes along the facts whose values are in that part. */
const OF_STATEMENTS = `EXISTS (
  SELECT 1 FROM jsonb_to_recordset($2::jsonb) AS said ("messageId" uuid, text text)
  WHERE said."messageId" = profile_facts.message_id
    AND (said.text IS NULL OR position(lower(profile_facts.value) IN lower(said.text)) > 0))`;

/** $1 user, $2 facts that are gone: of those that they superseded the last of each slot, where the slot is free now. */
const BELIEVE_AGAIN = `
  WITH last AS (
    SELECT DISTINCT ON (slot) id FROM profile_facts f WHERE user_id = $1 AND superseded_by = ANY($2)
      AND NOT EXISTS (SELECT 1 FROM profile_facts b WHERE b.user_id = $1 AND b.slot = f.slot AND b.valid_to IS NULL)
    ORDER BY slot, valid_from DESC, id DESC
  )
  UPDATE profile_facts SET superseded_by = NULL, valid_to = CASE WHEN id NOT IN (SELECT id FROM last) THEN valid_to END
  WHERE user_id = $1 AND superseded_by = ANY($2)`;

/** Both need the user to be locked. What the facts superseded, and was said elsewhere, is believed again. */
export const forgetFactsOfSession = (sql: Sql, userId: string, sessionId: string): Promise<void> =>
  forget(sql, userId, OF_SESSION, sessionId);

/** `text`: what of the message is forgotten; null where it is all. */
export async function forgetFactsOfStatements(
  sql: Sql,
  userId: string,
  statements: readonly { messageId: string; text: string | null }[],
): Promise<void> {
  if (statements.length > 0) await forget(sql, userId, OF_STATEMENTS, JSON.stringify(statements));
}

async function forget(sql: Sql, userId: string, condition: string, subject: string): Promise<void> {
  const gone = await sql<KeyedFact & { id: string }>(
    `WITH gone AS (DELETE FROM profile_facts WHERE user_id = $1 AND ${condition} RETURNING id, key, value)
     SELECT id, key, value FROM gone`,
    [userId, subject],
  );
  await noteForgotten(sql, 'profile', userId, gone.map(markOf));
  const ids = gone.map(({ id }) => id);
  if (ids.length > 0) await sql(BELIEVE_AGAIN, [userId, ids]);
}
