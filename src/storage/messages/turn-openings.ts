import { storableJson } from '../../core/util/storable.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Batcher } from '../database/batcher.js';
import type { Database } from '../database/database.js';
import { type HistoryRow, HistoryWindows, type KnownWindow } from './history-windows.js';
import { FREE_SESSIONS, NEW_MESSAGES, OLDER, recent, RECENT_AS_JSON, recordOf } from './turn-queries.js';
import type { NewMessage, OpenedSession, TurnKey } from './turn-rows.js';

interface OpeningTurn {
  turn: TurnKey;
  messages: NewMessage[];
  /** How many of the last messages are wanted. */
  limit: number;
  /** Place that must be the session's last; null where it may be any. */
  after?: number | null;
}

interface OpeningRow extends HistoryRow {
  turnId: string;
  seq: number | null;
}

/** What is said may be long, and all of a statement are one text. */
const LIMITS = { together: 20, atOnce: 2 };

/** $1 the turns as JSON. */
const TURNS = `SELECT * FROM jsonb_to_recordset($1::jsonb) AS t (session_id uuid, user_id uuid, turn_id uuid, messages jsonb,
  most int, after bigint, known_revision int, known_from bigint, known_to bigint)`;

const ENDS_ANSWERED = `coalesce(
  (SELECT role = 'assistant' AND NOT metadata ? 'error_code' FROM recent ORDER BY seq DESC LIMIT 1), true)`;

/**
 * The history, and what is to be added where the session is as `condition` says. A revision is read with the messages, as
 * the statement found both when it began: a row that is locked may be younger.
 * @param chosen which of the turns `given` are opened.
 */
const opening = (chosen: string, condition: string) => `
  WITH given AS (${TURNS}), chosen AS MATERIALIZED (${chosen}), t AS MATERIALIZED (
    SELECT c.*, jsonb_array_length(c.messages) AS added, s.personality_id, s.title, s.history_revision AS revision,
      s.history_revision = c.known_revision AS holds
    FROM chosen c JOIN sessions s ON s.id = c.session_id AND s.user_id = c.user_id AND s.deleted_at IS NULL
  ), history AS MATERIALIZED (
    SELECT t.*, h.* FROM t CROSS JOIN LATERAL (
      WITH recent AS (${recent('t.session_id', 't.most', 'CASE WHEN t.holds THEN t.known_to ELSE 0 END')})
      SELECT (${RECENT_AS_JSON}) AS recent, ${ENDS_ANSWERED} AS is_answered, goes_on,
        ${OLDER('t', 'CASE WHEN goes_on THEN t.known_from ELSE (SELECT min(seq) FROM recent) END')}
      FROM (SELECT t.holds AND min(seq) = t.known_to AS goes_on FROM recent) AS begins
    ) AS h
  ), s AS (
    UPDATE sessions SET last_seq = last_seq + t.added + 1, message_count = message_count + t.added,
      last_message_at = now(), updated_at = now()
    FROM history t WHERE sessions.id = t.session_id AND sessions.user_id = t.user_id AND deleted_at IS NULL
      AND ${condition}
    RETURNING t.turn_id AS of, last_seq
  ), stored AS (
    INSERT INTO messages
      (id, session_id, user_id, turn_id, seq, role, content, parts, tool_calls, tool_call_id, name, metadata)
    SELECT m.id, t.session_id, t.user_id, t.turn_id, s.last_seq - 1 - t.added + m.place, m.role, m.content, m.parts,
      m.tool_calls, m.tool_call_id, m.name, m.metadata
    FROM s JOIN history t ON t.turn_id = s.of CROSS JOIN LATERAL ${NEW_MESSAGES('t.messages')}
  )
  SELECT t.turn_id AS "turnId", s.last_seq::float8 AS seq, t.personality_id AS "personalityId", t.title, t.revision,
    t.goes_on AS "goesOn", t.recent AS messages, t.summary, t.unseen
  FROM history t LEFT JOIN s ON s.of = t.turn_id`;

const ALL = 'SELECT * FROM given';
const OPEN_FREE = opening(FREE_SESSIONS, 't.is_answered');
const OPEN_ANSWERED = opening(ALL, 't.is_answered');
const OPEN_AFTER = opening(ALL, '(t.after IS NULL OR last_seq = t.after)');

/** Takes up turns, those of several in one statement where they begin at the same time. */
export class TurnOpenings {
  private readonly windows = new HistoryWindows();
  private readonly together = new Batcher((turns: readonly OpeningTurn[]) => this.openFree(turns), LIMITS);

  constructor(private readonly database: Database) {}

  /** See `TurnRepository.openAnswered`. */
  async answered(turn: OpeningTurn): Promise<OpenedSession | undefined> {
    const shared = this.windows.isLong(turn.turn) ? undefined : await this.together.ask(turn);
    return shared ?? (await this.byItself('turn_open_answered', OPEN_ANSWERED, turn));
  }

  /** See `TurnRepository.openAfter`. */
  async after(turn: OpeningTurn): Promise<OpenedSession | undefined> {
    return this.byItself('turn_open_after', OPEN_AFTER, turn);
  }

  private async byItself(name: string, sql: string, turn: OpeningTurn): Promise<OpenedSession | undefined> {
    const [opened] = await this.ask(name, sql, [turn]);
    return opened;
  }

  /** Undefined for those that must be opened by themselves: what is at fault with one is found there. */
  private async openFree(turns: readonly OpeningTurn[]): Promise<(OpenedSession | undefined)[]> {
    // A row is changed once in a statement: of two turns of a session the later one goes by itself, after it.
    const bySession = new Map(turns.toReversed().map((turn) => [turn.turn.sessionId, turn]));
    const asked = [...bySession.values()];
    try {
      const opened = await this.ask('turn_open_free', OPEN_FREE, asked);
      const found = new Map(asked.map((turn, at) => [turn, opened[at]]));
      return turns.map((turn) => found.get(turn));
    } catch (error) {
      if (error instanceof CozyError && error.code === 'STORAGE_UNAVAILABLE') throw error;
      return turns.map(() => undefined);
    }
  }

  private async ask(name: string, sql: string, turns: readonly OpeningTurn[]): Promise<(OpenedSession | undefined)[]> {
    const known = turns.map(({ turn, limit }) => this.windows.of(turn, limit));
    const records = turns.map((turn, at) => asRecord(turn, known[at]));
    const rows = await this.database.query<OpeningRow>(name, sql, [storableJson(records)]);
    const byTurn = new Map(rows.map((row) => [row.turnId, row]));
    return turns.map(({ turn, limit }, at) => {
      const row = byTurn.get(turn.turnId);
      return row && { ...this.windows.take(turn, known[at], row, limit), seq: row.seq };
    });
  }
}

const asRecord = ({ turn, messages, limit, after }: OpeningTurn, known: KnownWindow | undefined) => ({
  session_id: turn.sessionId,
  user_id: turn.userId,
  turn_id: turn.turnId,
  messages: messages.map(recordOf),
  most: limit,
  after,
  known_revision: known?.revision,
  known_from: known?.from,
  known_to: known?.to,
});
