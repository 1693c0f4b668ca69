import { HELD_CONTENT, HELD_EXCHANGE, HELD_PARTS, HELD_TOOL_CALLS, measured } from './held-parts.js';
import type { NewMessage } from './turn-rows.js';

/** The last messages of a session between two places; SQL expressions. */
export const recent = (session: string, limit: string, from: string, to?: string): string =>
  `SELECT * FROM messages WHERE session_id = ${session} AND deleted_at IS NULL AND seq >= ${from}
   ${to === undefined ? '' : `AND seq <= ${to}`} ORDER BY seq DESC LIMIT ${limit}`;

/** Beside a table `recent`. */
export const RECENT_AS_JSON = `SELECT coalesce(json_agg(message ORDER BY seq), '[]') FROM (
    SELECT seq, turn_id AS "turnId", role, ${HELD_CONTENT} AS content, ${HELD_PARTS} AS parts,
      ${HELD_TOOL_CALLS} AS "toolCalls", tool_call_id AS "toolCallId", name, ${HELD_EXCHANGE} AS exchange,
      metadata ? 'error_code' AS failed, metadata ? 'unanswered' AS unanswered, metadata ->> 'instance_id' AS "instanceId"
    FROM ${measured('SELECT * FROM recent', 'seq DESC')} r
  ) AS message`;

/**
 * The history in few words, and how much neither it nor what begins with place `first` holds; the summary is its owner's,
 * as the session is.
 * @param turn what has the session's and the user's id.
 */
export const OLDER = (turn: string, first: string): string => `
  (SELECT json_build_object('text', y.text, 'coversTo', y.covers_to, 'model', y.model)
    FROM session_summaries y WHERE y.session_id = ${turn}.session_id AND y.user_id = ${turn}.user_id) AS summary,
  (SELECT count(*)::int FROM messages m WHERE m.session_id = ${turn}.session_id AND m.deleted_at IS NULL
    AND m.seq > coalesce((SELECT y.covers_to FROM session_summaries y WHERE y.session_id = ${turn}.session_id), 0)
    AND m.seq < ${first}) AS unseen`;

/** Rows of what `recordOf` has made. */
export const NEW_MESSAGES = (json: string): string =>
  `jsonb_to_recordset(${json}) AS m (id uuid, place int, role text, content text, parts jsonb, tool_calls jsonb,
    tool_call_id text, name text, metadata jsonb)`;

export const recordOf = (message: NewMessage, index: number) => ({
  id: message.id,
  place: index + 1,
  role: message.role,
  content: message.content,
  parts: message.parts,
  tool_calls: message.toolCalls,
  tool_call_id: message.toolCallId,
  name: message.name,
  metadata: message.metadata,
});

/**
 * Of the turns `given`, those whose sessions nobody else is at, who might keep the others waiting. Row by row: joined as a
 * whole, all sessions may be read where statistics are old.
 */
export const FREE_SESSIONS = `SELECT t.* FROM given t CROSS JOIN LATERAL (
    SELECT FROM sessions s WHERE s.id = t.session_id AND s.user_id = t.user_id AND s.deleted_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS free`;
