/** A term that so many pieces hold is common: they are not all read, and it says little. */
const COMMON = 400;
const MOST_TERMS = 48;
/** The best by terms that are told apart by how rare they are, and those that hold all common ones together. */
const MOST_BY_TERMS = 60;
const MOST_BY_ALL = 60;
/** The signs only sketch a vector, so more rows than are wanted are compared by their whole vectors. */
const MOST_NEAR = 32;
const MOST_WORDS = 4;
const LEAST_SIMILARITY = 0.4;

/** Of document `d`. */
const readable = (user: string, datasets: string) =>
  `(d.owner_id = ${user} OR d.owner_id IS NULL) AND d.dataset = ANY(${datasets}) AND d.status = 'ready'`;

/** $1 user, $2 names of datasets. */
const READABLE = readable('$1', '$2::text[]');

/** $1 questions as JSON, numbered by `at`: each has a user and names of datasets. */
export const SCOPES = `
  SELECT asked.at, found.* FROM jsonb_to_recordset($1::jsonb) AS asked (at int, "userId" uuid, datasets text[])
    CROSS JOIN LATERAL (
      SELECT CASE WHEN d.owner_id IS NULL THEN NULL ELSE asked."userId" END AS "ownerId", d.dataset,
        sum(d.chunks)::int AS chunks
      FROM documents d WHERE ${readable('asked."userId"', 'asked.datasets')} GROUP BY d.owner_id IS NULL, d.dataset
    ) AS found`;

/** The index is meant, however few rows the planner believes a term to have. */
export const BY_INDEX = `SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`;

/**
 * $1 user, $2 names of datasets, $3 the lexemes of these datasets as a query, $4 how many pieces they hold, $5 words,
 * $6 grams, $7 signs of the query's vector, $8 its model. The index gives the pieces of each term within the datasets;
 * the best of them are weighed once more by all terms. Whose they are is asked of the documents themselves.
 */
export const NEAREST = `
  WITH terms AS MATERIALIZED (
    SELECT quote_literal(lexeme)::tsquery AS query
    FROM unnest(tsvector_to_array(to_tsvector('english', $5) || array_to_tsvector($6::text[]))) AS lexeme
    LIMIT ${MOST_TERMS}
  ), postings AS MATERIALIZED (
    SELECT query, found.id FROM terms CROSS JOIN LATERAL (
      SELECT id FROM chunks WHERE search @@ (query && $3::tsquery) LIMIT ${COMMON}
    ) AS found
  ), weights AS MATERIALIZED (
    SELECT query, count(*) = ${COMMON} AS common,
      ln(1 + $4::float8 / count(*)) * CASE WHEN count(*) = ${COMMON} THEN 0.5 ELSE 1 END AS weight
    FROM postings GROUP BY query
  ), by_terms AS (
    SELECT id FROM postings JOIN weights USING (query) GROUP BY id ORDER BY sum(weight) DESC, id LIMIT ${MOST_BY_TERMS}
  ), by_all AS (
    SELECT id FROM chunks
    WHERE search @@ (SELECT string_agg(query::text, ' & ')::tsquery && $3::tsquery FROM weights WHERE common)
    LIMIT ${MOST_BY_ALL}
  ), candidates AS MATERIALIZED (
    SELECT c.id, c.search, length(c.search) AS size FROM chunks c
    WHERE c.id IN (SELECT id FROM by_terms UNION SELECT id FROM by_all)
  ), lexical AS MATERIALIZED (
    SELECT id, sum(weight) / (1 + 0.15 * ln(1 + size)) AS score
    FROM candidates JOIN weights ON search @@ query GROUP BY id, size
  ), near AS MATERIALIZED (
    SELECT v.chunk_id AS id, v.embedding FROM chunk_vectors v JOIN documents d ON d.id = v.document_id
    WHERE v.model = $8 AND ${READABLE} AND length(v.signature) = length($7::varbit)
    ORDER BY bit_count(CASE WHEN length(v.signature) = length($7::varbit) THEN v.signature # $7::varbit END), v.chunk_id
    LIMIT ${MOST_NEAR}
  )
  SELECT c.id, c.document_id AS "documentId", c.position, c.headings, c.page, c.text, d.title, d.dataset,
    lexical.score AS lexical, array_send(near.embedding) AS sent
  FROM lexical FULL JOIN near USING (id) JOIN chunks c USING (id) JOIN documents d ON d.id = c.document_id
  WHERE ${READABLE}`;

/** $1 user, $2 names of datasets, $3 words that nothing holds: those that documents hold and that are written alike. */
export const ALIKE = `
  SELECT alike.word FROM unnest($3::text[]) AS asked CROSS JOIN LATERAL (
    SELECT w.word FROM document_words w JOIN documents d ON d.id = w.document_id
    WHERE w.word % asked AND similarity(w.word, asked) >= ${LEAST_SIMILARITY} AND ${READABLE}
    GROUP BY w.word ORDER BY similarity(w.word, asked) DESC, w.word LIMIT ${MOST_WORDS}
  ) AS alike`;

export const ADD = `
  WITH added AS (
    INSERT INTO chunks (id, document_id, position, headings, page, text, search)
    SELECT new.id, d.id, new.position, new.headings, new.page, new.text,
      strip(to_tsvector('english', new.words)) || array_to_tsvector(new.grams)
    FROM documents d, jsonb_to_recordset($2::jsonb) AS new (id uuid, position integer, headings text[], page integer,
      text text, words text, grams text[])
    WHERE d.id = $1 AND d.status <> 'ready' ON CONFLICT (document_id, position) DO NOTHING
    RETURNING id
  ), vectors AS (
    INSERT INTO chunk_vectors (chunk_id, document_id, model, signature, embedding)
    SELECT new.id, $1, new.model, new.signature::varbit, new.embedding
    FROM jsonb_to_recordset($2::jsonb) AS new (id uuid, model text, signature text, embedding real[])
      JOIN added USING (id) WHERE new.model IS NOT NULL
  )
  SELECT id FROM documents WHERE id = $1 AND status <> 'ready' FOR KEY SHARE`;
