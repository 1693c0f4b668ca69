import type { MemoryKind } from './memory.entity.js';

/** A text as the full-text search sees it. */
export interface TextTerms {
  /** Words of scripts with spaces; the database stems them. */
  words: readonly string[];
  /** Characters and pairs of scripts without spaces. */
  grams: readonly string[];
}

export interface MemoryRow {
  id: string;
  text: string;
  kind: MemoryKind;
  sessionId: string | null;
  messageId: string | null;
  createdAt: Date;
}

export interface MemoryCandidate extends MemoryRow {
  /** How much of the query's words it holds, rare words counting more; null where it holds none. */
  lexical: number | null;
  /** Of unit length; null where its signs are not near to the query's. */
  embedding: Float32Array | null;
}

/** Bounds what one search reads, newest first, for users who have told more than anybody does. */
const MOST_READ = 10_000;
const MOST_READ_SIMILAR = 2000;
const MOST_LEXICAL = 40;
/** The signs only sketch a vector, so more rows than are wanted are compared by their whole vectors. */
const MOST_NEAR = 32;
const MOST_TERMS = 64;
const LEAST_SIMILARITY = 0.5;

export const ROW = `id, text, kind, session_id AS "sessionId", message_id AS "messageId", created_at AS "createdAt"`;

const OF_M = `m.id, m.text, m.kind, m.session_id AS "sessionId", m.message_id AS "messageId", m.created_at AS "createdAt"`;

export const LIST = `SELECT ${ROW} FROM memories
  WHERE user_id = $1 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2`;

/**
 * $1 user, $2 words, $3 grams, $4 signs of the query's vector, $5 its model. A term counts the more, the fewer of the
 * matching memories hold it; a long memory counts a little less.
 */
export const NEAREST = `
  WITH terms AS (
    SELECT (quote_literal(lexeme))::tsquery AS query
    FROM unnest(tsvector_to_array(to_tsvector('english', $2) || array_to_tsvector($3::text[]))) AS lexeme
    LIMIT ${MOST_TERMS}
  ), recent AS MATERIALIZED (
    SELECT id, search, CASE WHEN embedding_model = $5 THEN signature END AS signature
    FROM memories WHERE user_id = $1 ORDER BY id DESC LIMIT ${MOST_READ}
  ), matching AS MATERIALIZED (
    SELECT id, search FROM recent
    WHERE search @@ (SELECT string_agg(query::text, ' | ')::tsquery FROM terms)
  ), weights AS MATERIALIZED (
    SELECT query, ln(1 + (SELECT count(*) FROM recent)::float8 / count(*)) AS weight
    FROM terms JOIN matching ON search @@ query GROUP BY query
  ), lexical AS (
    SELECT id, sum(weight) / (1 + 0.15 * ln(1 + length(search))) AS score
    FROM matching JOIN weights ON search @@ query
    GROUP BY id, search ORDER BY score DESC, id DESC LIMIT ${MOST_LEXICAL}
  ), near AS (
    SELECT id FROM recent WHERE length(signature) = length($4::varbit)
    ORDER BY bit_count(CASE WHEN length(signature) = length($4::varbit) THEN signature # $4::varbit END), id DESC
    LIMIT ${MOST_NEAR}
  )
  SELECT ${OF_M}, lexical.score AS lexical, CASE WHEN near.id IS NOT NULL THEN array_send(m.embedding) END AS sent
  FROM lexical FULL JOIN near USING (id) JOIN memories m USING (id)`;

/** $1 user, $2 words. */
export const SIMILAR = `
  SELECT ${OF_M}, similarity.score AS lexical, NULL AS embedding
  FROM (SELECT * FROM memories WHERE user_id = $1 ORDER BY id DESC LIMIT ${MOST_READ_SIMILAR}) AS m
    CROSS JOIN LATERAL (SELECT max(word_similarity(word, m.text)) AS score FROM unnest($2::text[]) AS word) AS similarity
  WHERE similarity.score >= ${LEAST_SIMILARITY} ORDER BY similarity.score DESC LIMIT ${MOST_LEXICAL}`;
