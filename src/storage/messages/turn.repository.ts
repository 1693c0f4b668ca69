import { Injectable } from '@nestjs/common';
import type { ToolExchange } from '../../core/domain/chat.js';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';
import type { UserTurn } from '../learning/turn-learning.js';
import { TurnClosings } from './turn-closings.js';
import { TurnOpenings } from './turn-openings.js';
import { NEW_MESSAGES, OLDER, recent, RECENT_AS_JSON, recordOf } from './turn-queries.js';
import type { NewMessage, OpenedSession, SaidTurn, SessionHistory, TurnJobs, TurnKey, TurnUsage } from './turn-rows.js';

export type {
  HistoryMessage,
  NewMessage,
  OpenedSession,
  SaidMessage,
  SaidTurn,
  SessionHistory,
  TurnJobs,
  TurnUsage,
} from './turn-rows.js';

/** Characters of a message that are learned from. */
const MOST_READ = 32_000;

/** Of a call that ran elsewhere: the last message of a turn, which nobody need have answered. */
const ENDS_SPOKEN = (message: string) => `${message}.metadata ? 'is_voice_call' AND NOT EXISTS (
    SELECT 1 FROM messages l WHERE l.session_id = ${message}.session_id AND l.turn_id = ${message}.turn_id AND l.seq > ${message}.seq)`;

/**
 * $1 users, $2 their turns. Ids are in the order of time, and an answer's is made after its turn's: so a user's oldest
 * turn's id bounds what is read, once and not for each session.
 */
const SAID = `WITH wanted AS (
    SELECT user_id, array_agg(turn_id ORDER BY turn_id) AS turn_ids
    FROM unnest($1::uuid[], $2::uuid[]) AS w (user_id, turn_id) GROUP BY user_id
  ), answers AS MATERIALIZED (
    SELECT a.* FROM wanted w JOIN LATERAL (
      SELECT id, user_id, turn_id, session_id, seq, metadata FROM messages a
      WHERE user_id = w.user_id AND id > w.turn_ids[1] AND turn_id = ANY(w.turn_ids)
        AND (role = 'assistant' OR ${ENDS_SPOKEN('a')})
    ) a ON true
  )
  SELECT a.turn_id AS "turnId", a.session_id AS "sessionId",
    coalesce(min(a.metadata ->> 'personality_id'), min(s.personality_id)) AS "personalityId",
    min(a.metadata ->> 'provider') AS provider,
    json_agg(json_build_object('id', m.id, 'role', m.role, 'content', left(m.content, ${MOST_READ}),
      'createdAt', m.created_at) ORDER BY m.seq) AS messages
  FROM answers a JOIN sessions s ON s.id = a.session_id AND s.user_id = a.user_id AND s.deleted_at IS NULL
    JOIN LATERAL (SELECT coalesce((
      SELECT p.seq FROM messages p WHERE p.session_id = a.session_id AND p.seq < a.seq
        AND (p.role = 'assistant' AND NOT p.metadata ? 'error_code' OR ${ENDS_SPOKEN('p')}) ORDER BY p.seq DESC LIMIT 1
    ), 0) AS seq) AS before ON true
    JOIN messages m ON m.session_id = a.session_id AND m.seq > before.seq AND m.seq <= a.seq
      AND (m.id = a.id OR m.role = 'user') AND m.deleted_at IS NULL AND coalesce(m.content, '') <> ''
  GROUP BY a.session_id, a.turn_id`;

/** $1 session, $2 user, $4 messages to add, $6 places to reserve after them. */
const RESERVE = `UPDATE sessions SET last_seq = last_seq + $4::int + $6::int, message_count = message_count + $4::int,
    last_message_at = now(), updated_at = now()
  WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL`;

/** $3 turn, $5 the messages as JSON. */
const ADD = `INSERT INTO messages
    (id, session_id, user_id, turn_id, seq, role, content, parts, tool_calls, tool_call_id, name, metadata)
  SELECT m.id, $1, $2, $3, s.last_seq - $6 - $4 + m.place, m.role, m.content, m.parts, m.tool_calls, m.tool_call_id,
    m.name, m.metadata
  FROM s, ${NEW_MESSAGES('$5::jsonb')}`;

const HISTORY = `WITH session AS (
    SELECT id AS session_id, user_id, personality_id, title FROM sessions
    WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL
  ), recent AS (${recent('$1', '$3', '0', 'coalesce($4::bigint, 9223372036854775807)')})
  SELECT personality_id AS "personalityId", title, (${RECENT_AS_JSON}) AS messages,
    ${OLDER('session', '(SELECT min(seq) FROM recent)')}
  FROM session`;

const addParameters = ({ sessionId, userId, turnId }: TurnKey, messages: NewMessage[], reserved: number) => [
  sessionId,
  userId,
  turnId,
  messages.length,
  storableJson(messages.map(recordOf)),
  reserved,
];

/** What one turn reads and writes, each stage in one statement and so in one round trip and one transaction. */
@Injectable()
export class TurnRepository {
  private readonly openings: TurnOpenings;
  private readonly closings: TurnClosings;

  constructor(private readonly database: Database) {
    this.openings = new TurnOpenings(database);
    this.closings = new TurnClosings(database);
  }

  /** The last messages, or the last up to a place. Undefined where the user has no such session. */
  async history(
    sessionId: string,
    userId: string,
    limit: number,
    upTo: number | null = null,
  ): Promise<SessionHistory | undefined> {
    return this.database.one('turn_history', HISTORY, [sessionId, userId, limit, upTo]);
  }

  /**
   * The history as `history` reads it and, in the same round trip, `open` for the usual case: the session's last
   * message is a whole answer. Where it is not, something may have been left unanswered and be sent again: nothing is
   * stored and `seq` is null, for the caller to look at the history first.
   */
  async openAnswered(turn: TurnKey, messages: NewMessage[], limit: number): Promise<OpenedSession | undefined> {
    return this.openings.answered({ turn, messages, limit });
  }

  /**
   * As `openAnswered`, for messages that are known to be new: at the end of the session, or right `after` a place, which
   * must be its last: else nothing is stored and `seq` is null.
   */
  async openAfter(
    turn: TurnKey,
    messages: NewMessage[],
    limit: number,
    after: number | null,
  ): Promise<OpenedSession | undefined> {
    return this.openings.after({ turn, messages, limit, after });
  }

  /**
   * What turns said, each in order: its answer, and what the user said since the answer before, so that nothing is missed
   * where earlier turns failed. Turns that are gone are left out.
   */
  async said(turns: readonly UserTurn[]): Promise<SaidTurn[]> {
    const [userIds, turnIds] = [turns.map(({ userId }) => userId), turns.map(({ turnId }) => turnId)];
    return this.database.query('turns_said', SAID, [userIds, turnIds]);
  }

  /**
   * Stores what was said, before the model is asked, and reserves the place right after it for the answer.
   * Returns that place, or undefined where the session has been deleted meanwhile.
   */
  async open(turn: TurnKey, messages: NewMessage[]): Promise<number | undefined> {
    return this.add(turn, messages, 1);
  }

  /** Notes that a turn ended without an answer, so that what it said is known when it is said again. */
  async leaveUnanswered({ sessionId, turnId }: TurnKey): Promise<void> {
    await this.database.query(
      'turn_leave_unanswered',
      `UPDATE messages SET metadata = metadata || '{"unanswered": true}' WHERE session_id = $1 AND turn_id = $2`,
      [sessionId, turnId],
    );
  }

  /** Stores messages that ask for no answer; false where the session has been deleted meanwhile. */
  async append(turn: TurnKey, messages: NewMessage[]): Promise<boolean> {
    return (await this.add(turn, messages, 0)) !== undefined;
  }

  private async add(turn: TurnKey, messages: NewMessage[], reserved: number): Promise<number | undefined> {
    const row = await this.database.one<{ seq: number }>(
      'turn_open',
      `WITH s AS (${RESERVE} RETURNING last_seq), added AS (${ADD}) SELECT last_seq::float8 AS seq FROM s`,
      addParameters(turn, messages, reserved),
    );
    return row?.seq;
  }

  /**
   * Stores the answer at its reserved place with the session's totals, the usage and the work it promises, all or
   * nothing. A session deleted meanwhile keeps its usage and takes nothing else.
   */
  async close(
    turn: TurnKey,
    seq: number,
    answer: NewMessage & { exchange?: ToolExchange | null },
    usage: TurnUsage,
    jobs: TurnJobs,
  ): Promise<void> {
    await this.closings.close({ turn, seq, answer, usage, jobs });
  }
}
