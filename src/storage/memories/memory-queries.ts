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

/** Before all of them. */
export const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Bounds what one search reads, newest first, for users who have told more than anybody does. */
export const MOST_READ = 10_000;
/** The signs only sketch a vector, so more rows than are wanted are compared by their whole vectors. */
const MOST_NEAR = 64;

export const ROW = `id, text, kind, session_id AS "sessionId", message_id AS "messageId", created_at AS "createdAt"`;

/** $3 the id to go on after, $4 whether the conversation is listed, too. */
export const LIST = `SELECT ${ROW} FROM memories
  WHERE user_id = $1 AND ($3::uuid IS NULL OR id < $3) AND ($4 OR kind IN ('said', 'fact', 'kept'))
  ORDER BY id DESC LIMIT $2`;

/** $1 numbers of questions, $2 the user of each, $3 an id that it asks for. */
export const READ = `SELECT asked.at, ${ROW} FROM unnest($1::int[], $2::uuid[], $3::uuid[]) AS asked (at, owner, wanted)
  JOIN memories ON id = asked.wanted AND user_id = asked.owner`;

/**
 * Of each of several users, outlines as one text, a line a memory, the newest first: far cheaper than rows. $1 the users,
 * $2 and $3 the revision of each that is known, $4 the last id of it: of memories that have only grown since then, what is
 * new, with its whole text as JSON, as what was just said is often what is asked for. All of them where nothing is known;
 * null where nothing has happened, and where more than that has: then all must be asked for. A row without an outline has
 * its text in one more field. `count` is of all memories. In the order of the users.
 */
export const OUTLINES = `
  WITH wanted AS (
    SELECT *, now_changed = changed AND now_appended = appended OR now_changed <> changed AND last_id <> '${NO_ID}' AS is_brief,
      CASE WHEN now_changed = changed THEN last_id ELSE '${NO_ID}' END AS after
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[]) WITH ORDINALITY
        AS asked (owner, appended, changed, last_id, at)
      CROSS JOIN LATERAL (
        SELECT coalesce(max(r.appended), 0) AS now_appended, coalesce(max(r.changed), 0) AS now_changed
        FROM memory_revisions r WHERE r.user_id = asked.owner
      ) AS revision
  )
  SELECT now_appended::text AS appended, now_changed::text AS changed, after::text,
    CASE WHEN NOT is_brief THEN (SELECT count(*)::int FROM memories WHERE user_id = wanted.owner) END AS count,
    CASE WHEN NOT is_brief THEN (
      SELECT string_agg(concat_ws(E'\t', id, kind, date_part('epoch', created_at), coalesce(session_id::text, ''),
        coalesce(outline, ''), coalesce(CASE WHEN outline IS NULL THEN translate(text, E'\t\n\r', '   ') END, ''),
        CASE WHEN is_new THEN coalesce(message_id::text, '') END, CASE WHEN is_new THEN to_json(text) END), E'\n')
      FROM (SELECT id, kind, created_at, session_id, message_id, outline, wanted.after <> '${NO_ID}' AS is_new,
          CASE WHEN outline IS NULL OR wanted.after <> '${NO_ID}' THEN text END AS text
        FROM memories WHERE user_id = wanted.owner AND id > wanted.after ORDER BY id DESC LIMIT ${MOST_READ}) AS recent
    ) END AS lines
  FROM wanted ORDER BY at`;

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

export interface ReadOutlines {
  /** In the order in which the memories were kept. */
  outlines: MemoryOutline[];
  /** Of those whose text is there. */
  rows: MemoryRow[];
}

/** The lines that OUTLINES makes. */
export function readOutlines(lines: string | null): ReadOutlines {
  const read: ReadOutlines = { outlines: [], rows: [] };
  for (const line of lines ? lines.split('\n').toReversed() : []) {
    const fields = line.split('\t');
    const [id = '', kind = '', seconds = '', session = ''] = fields;
    const known = {
      id,
      kind: kind as MemoryKind,
      sessionId: session || null,
      createdAt: new Date(Math.round(Number(seconds) * 1000)),
    };
    read.outlines.push({ ...known, ...wordsIn(fields) });
    const [message, json] = fields.slice(6);
    if (json !== undefined) read.rows.push({ ...known, messageId: message || null, text: JSON.parse(json) as string });
  }
  return read;
}

/** The text where there is no outline. */
function wordsIn(fields: readonly string[]): Pick<MemoryOutline, 'outline' | 'text'> {
  const [outline = '', text = ''] = fields.slice(4, 6);
  return text === '' ? { outline, text: null } : { outline: null, text };
}
