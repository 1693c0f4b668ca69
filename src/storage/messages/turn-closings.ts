import type { ToolExchange } from '../../core/domain/chat.js';
import { UNTITLED_SQL } from '../../core/domain/session-title.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { storableJson } from '../../core/util/storable.js';
import { Batcher } from '../database/batcher.js';
import type { Database } from '../database/database.js';
import { FREE_SESSIONS } from './turn-queries.js';
import type { NewMessage, TurnJobs, TurnKey, TurnUsage } from './turn-rows.js';

/** A session gets its title once it holds three turns: three messages and three answers. */
export const MESSAGES_BEFORE_TITLE = 6;

export interface ClosedTurn {
  turn: TurnKey;
  seq: number;
  answer: NewMessage & { exchange?: ToolExchange | null };
  usage: TurnUsage;
  jobs: TurnJobs;
}

/** Answers may be long, and all of a statement are one text. */
const LIMITS = { together: 20, atOnce: 2 };

/** $1 the turns as JSON. */
const TURNS = `SELECT * FROM jsonb_to_recordset($1::jsonb) AS t (session_id uuid, user_id uuid, turn_id uuid, seq bigint,
  answer_id uuid, content text, tool_calls jsonb, metadata jsonb, exchange jsonb, usage_id uuid, model text,
  personality_id text, prompt_tokens int, completion_tokens int, cost_usd numeric, title_id uuid, jobs jsonb,
  traceparent text)`;

/**
 * What is done for a session as a whole is promised once, and not by each turn again until it is done. Asked for each by
 * itself: a NOT EXISTS may be answered by reading all open work at once.
 */
const isUnpromised = (kind: string) => `(SELECT o.id FROM outbox o WHERE o.user_id = t.user_id AND o.kind = ${kind}
  AND o.session_id = t.session_id AND o.done_at IS NULL AND o.dead_at IS NULL LIMIT 1) IS NULL`;

/** @param chosen which of the turns `given` are closed. */
const closing = (chosen: string) => `
  WITH given AS (${TURNS}), t AS MATERIALIZED (${chosen}), s AS (
    UPDATE sessions SET message_count = message_count + 1, last_message_at = now(), updated_at = now(),
      total_tokens = total_tokens + t.prompt_tokens + t.completion_tokens, total_cost_usd = total_cost_usd + t.cost_usd
    FROM t WHERE sessions.id = t.session_id AND sessions.user_id = t.user_id AND deleted_at IS NULL
    RETURNING t.turn_id AS of, title, message_count
  ), answered AS (
    INSERT INTO messages (id, session_id, user_id, turn_id, seq, role, content, tool_calls, metadata, exchange)
    SELECT answer_id, session_id, user_id, turn_id, seq, 'assistant', content, tool_calls, metadata, exchange
    FROM t JOIN s ON s.of = t.turn_id
  ), used AS (
    INSERT INTO usage_events (id, user_id, model, personality_id, prompt_tokens, completion_tokens, cost_usd)
    SELECT usage_id, user_id, model, personality_id, prompt_tokens, completion_tokens, cost_usd FROM t
  ), promised AS (
    INSERT INTO outbox
      (id, kind, user_id, session_id, turn_id, traceparent, available_at, due_at, dead_at, last_error_code)
    SELECT title_id, 'session.title', user_id, session_id, turn_id, traceparent, now(), now(), NULL::timestamptz, NULL
      FROM t JOIN s ON s.of = t.turn_id WHERE ${UNTITLED_SQL} AND message_count >= ${MESSAGES_BEFORE_TITLE}
        AND ${isUnpromised("'session.title'")}
    UNION ALL SELECT j.id, j.kind, user_id, session_id, turn_id, traceparent, j.due, j.due,
        CASE WHEN j.dead IS NOT NULL THEN now() END, j.dead
      FROM t JOIN s ON s.of = t.turn_id CROSS JOIN LATERAL (
        SELECT id, kind, now() + make_interval(secs => "delayMs" / 1000.0) AS due, "deadCode" AS dead
        FROM jsonb_to_recordset(t.jobs) AS w (id uuid, kind text, "delayMs" int, "deadCode" text)
      ) AS j WHERE j.kind NOT LIKE 'session.%' OR ${isUnpromised('j.kind')}
  )
  SELECT turn_id AS "turnId" FROM t`;

const CLOSE_FREE = closing(FREE_SESSIONS);
const CLOSE = closing('SELECT * FROM given');

/** Stores answers, those of several turns in one statement where they end at the same time. */
export class TurnClosings {
  private readonly together = new Batcher((turns: readonly ClosedTurn[]) => this.closeFree(turns), LIMITS);

  constructor(private readonly database: Database) {}

  async close(turn: ClosedTurn): Promise<void> {
    if (await this.together.ask(turn)) return;
    await this.database.query('turn_close', CLOSE, [storableJson([asRecord(turn)])]);
  }

  /** For each whether it is closed. What is at fault with one is found where each is closed by itself. */
  private async closeFree(turns: readonly ClosedTurn[]): Promise<boolean[]> {
    // A row is changed once in a statement: of two turns of a session one goes by itself.
    const bySession = new Map(turns.map((turn) => [turn.turn.sessionId, turn]));
    try {
      const rows = await this.database.query<{ turnId: string }>('turn_close_free', CLOSE_FREE, [
        storableJson([...bySession.values()].map(asRecord)),
      ]);
      const closed = new Set(rows.map(({ turnId }) => turnId));
      return turns.map(({ turn }) => closed.has(turn.turnId));
    } catch (error) {
      if (error instanceof CozyError && error.code === 'STORAGE_UNAVAILABLE') throw error;
      return turns.map(() => false);
    }
  }
}

const asRecord = ({ turn, seq, answer, usage, jobs }: ClosedTurn) => ({
  session_id: turn.sessionId,
  user_id: turn.userId,
  turn_id: turn.turnId,
  seq,
  answer_id: answer.id,
  content: answer.content,
  tool_calls: answer.toolCalls,
  metadata: answer.metadata,
  exchange: answer.exchange,
  usage_id: usage.id,
  model: usage.model,
  personality_id: usage.personalityId,
  prompt_tokens: usage.promptTokens,
  completion_tokens: usage.completionTokens,
  cost_usd: usage.costUsd,
  title_id: jobs.titleId,
  jobs: jobs.others,
  traceparent: jobs.traceparent,
});
