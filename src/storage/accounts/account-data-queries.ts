/**
 * What an export holds, table by table: $1 the user, $2 the cursor of the last row (null at the beginning), $3 how many.
 * Each gives rows in the names that the export has, and the row's `cursor`. Secrets, hashes and vectors stay out.
 * Whoever adds a table of users' rows adds a line here.
 */
const byId = (columns: string, from: string): string =>
  `SELECT id::text AS cursor, ${columns} FROM ${from}
   WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2::uuid) ORDER BY id LIMIT $3`;

const EVENT = `seq::text AS cursor, seq::float8 AS seq, action, level, outcome,
  CASE WHEN actor_id = $1::text THEN actor_id END AS actor_id, CASE WHEN subject = $1::text OR actor_id = $1::text THEN subject END AS subject,
  request_id, details, created_at`;

const eventsBy = (column: 'actor_id' | 'subject'): string =>
  `(SELECT ${EVENT} FROM audit_events WHERE ${column} = $1::text AND seq > coalesce($2::bigint, 0) ORDER BY audit_events.seq LIMIT $3)`;

const DAY = `concat_ws('/', day, model, personality_id) COLLATE "C"`;

export const EXPORTED_TABLES = {
  sessions: byId(
    `id, personality_id, title, message_count, total_tokens::float8 AS total_tokens,
      total_cost_usd::float8 AS total_cost_usd, metadata, created_at, updated_at, last_message_at, deleted_at`,
    'sessions',
  ),
  messages: byId(
    `id, session_id, seq::float8 AS seq, turn_id, role, content, parts, tool_calls, tool_call_id, name, exchange, metadata,
      created_at, deleted_at`,
    'messages',
  ),
  session_summaries: `SELECT session_id::text AS cursor, session_id, covers_to::float8 AS covers_to, text, model, created_at,
      updated_at FROM session_summaries
    WHERE user_id = $1 AND ($2::uuid IS NULL OR session_id > $2::uuid) ORDER BY session_id LIMIT $3`,
  responses: byId('id, session_id, system, input, body, created_at', 'responses'),
  memories: byId('id, text, kind, session_id, message_id, created_at', 'memories'),
  profile_facts: byId('id, key, value, source, message_id, valid_from, valid_to, superseded_by', 'profile_facts'),
  documents: `SELECT id::text AS cursor, id, dataset, title, content_type, status, metadata, content, created_at FROM documents
    WHERE owner_id = $1 AND ($2::uuid IS NULL OR id > $2::uuid) ORDER BY id LIMIT $3`,
  api_keys: byId(
    'id, name, prefix, scopes, rate_limit_per_minute, created_at, last_used_at, expires_at, revoked_at',
    'api_keys',
  ),
  sign_ins: byId('id, device_id, created_at, expires_at, rotated_at, revoked_at', 'refresh_tokens'),
  tool_approvals: byId(
    'id, session_id, tool, arguments, by_user, created_at, expires_at, approved, decided_at',
    'tool_approvals',
  ),
  /** One statement for what is summed and what is not yet, as one becomes the other while an export is made. */
  usage: `SELECT ${DAY} AS cursor, day::text AS day, model, NULLIF(personality_id, '') AS personality_id, sum(requests)::float8 AS requests,
      sum(prompt_tokens)::float8 AS prompt_tokens, sum(completion_tokens)::float8 AS completion_tokens,
      sum(cost_usd)::float8 AS cost_usd
    FROM (
      SELECT day, model, personality_id, requests, prompt_tokens, completion_tokens, cost_usd
      FROM usage_daily WHERE user_id = $1
      UNION ALL
      SELECT (created_at AT TIME ZONE 'UTC')::date, model, personality_id, 1, prompt_tokens, completion_tokens, cost_usd
      FROM usage_events WHERE user_id = $1
    ) AS used
    WHERE $2::text IS NULL OR ${DAY} > $2 GROUP BY day, model, personality_id ORDER BY ${DAY} LIMIT $3`,
  /** Who else has done something to the user is not the user's to know; that it was done is. */
  audit_events: `SELECT * FROM (${eventsBy('actor_id')} UNION ${eventsBy('subject')}) AS events ORDER BY seq LIMIT $3`,
} as const;

export type ExportedTable = keyof typeof EXPORTED_TABLES;
