import type { MemoryKind } from './memory.entity.js';

export interface MemoryRow {
  id: string;
  text: string;
  kind: MemoryKind;
  sessionId: string | null;
  messageId: string | null;
  createdAt: Date;
}

/** What a search compares of a memory. */
export interface MemoryOutline {
  id: string;
  kind: MemoryKind;
  sessionId: string | null;
  createdAt: Date;
  /** As it was given when the memory was kept; null in rows that are older than outlines: then there is the text. */
  outline: string | null;
  text: string | null;
}

export interface NearMemory {
  id: string;
  createdAt: Date;
  /** Of unit length. */
  embedding: Float32Array;
}

/** Bounds what one search reads, newest first, for users who have told more than anybody does. */
export const MOST_READ = 10_000;
/** The signs only sketch a vector, so more rows than are wanted are compared by their whole vectors. */
const MOST_NEAR = 64;

export const ROW = `id, text, kind, session_id AS "sessionId", message_id AS "messageId", created_at AS "createdAt"`;

/** $3 the id to go on after, $4 whether the conversation is listed, too. */
export const LIST = `SELECT ${ROW} FROM memories
  WHERE user_id = $1 AND ($3::uuid IS NULL OR id < $3) AND ($4 OR kind IN ('said', 'fact', 'kept'))
  ORDER BY id DESC LIMIT $2`;

export const READ = `SELECT ${ROW} FROM memories WHERE user_id = $1 AND id = ANY($2::uuid[])`;

/**
 * Outlines of a user as one text, a line a memory, the newest first: far cheaper than rows. A row without an outline has
 * its text after one more tab. $2 and $3 are the revision that is known, $4 the last id of it: of memories that have only
 * grown since then, what is new; otherwise all of them. Null where nothing has happened. `count` is of all memories.
 */
export const OUTLINES = `
  WITH revision AS (
    SELECT coalesce(max(appended), 0) AS appended, coalesce(max(changed), 0) AS changed
    FROM memory_revisions WHERE user_id = $1
  ), wanted AS (
    SELECT *, changed = $3::bigint AND appended = $2::bigint AS known,
      CASE WHEN changed = $3::bigint THEN $4::uuid ELSE '00000000-0000-0000-0000-000000000000' END AS after
    FROM revision
  )
  SELECT appended::text, changed::text, after::text,
    CASE WHEN NOT known THEN (SELECT count(*)::int FROM memories WHERE user_id = $1) END AS count,
    CASE WHEN NOT known THEN (
      SELECT string_agg(concat_ws(E'\t', id, kind, date_part('epoch', created_at), coalesce(session_id::text, ''),
        coalesce(outline, E'\t' || translate(text, E'\t\n\r', '   '))), E'\n')
      FROM (SELECT id, kind, created_at, session_id, outline, CASE WHEN outline IS NULL THEN text END AS text
        FROM memories WHERE user_id = $1 AND id > wanted.after ORDER BY id DESC LIMIT ${MOST_READ}) AS recent
    ) END AS lines
  FROM wanted`;

export interface OutlinesRow {
  appended: string;
  changed: string;
  /** The lines are of memories with greater ids than this. */
  after: string;
  count: number | null;
  lines: string | null;
}

/** $1 user, $2 signs of the query's vector, $3 its model. */
export const NEAREST = `
  WITH recent AS MATERIALIZED (
    SELECT id, CASE WHEN embedding_model = $3 THEN signature END AS signature
    FROM memories WHERE user_id = $1 ORDER BY id DESC LIMIT ${MOST_READ}
  ), near AS (
    SELECT id FROM recent WHERE length(signature) = length($2::varbit)
    ORDER BY bit_count(CASE WHEN length(signature) = length($2::varbit) THEN signature # $2::varbit END), id DESC
    LIMIT ${MOST_NEAR}
  )
  SELECT m.id, m.created_at AS "createdAt", array_send(m.embedding) AS sent FROM near JOIN memories m USING (id)`;

/** The lines that OUTLINES makes, in the order in which the memories were kept. */
export function readOutlines(lines: string | null): MemoryOutline[] {
  return lines ? lines.split('\n').map(readOutline).toReversed() : [];
}

function readOutline(line: string): MemoryOutline {
  const [id = '', kind = '', seconds = '', sessionId = '', outline = '', text] = line.split('\t');
  return {
    id,
    kind: kind as MemoryKind,
    sessionId: sessionId || null,
    createdAt: new Date(Math.round(Number(seconds) * 1000)),
    outline: text === undefined ? outline : null,
    text: text ?? null,
  };
}
