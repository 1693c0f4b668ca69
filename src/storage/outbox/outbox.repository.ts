import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface OutboxRow {
  id: string;
  kind: string;
  userId: string;
  sessionId: string | null;
  turnId: string;
  attempts: number;
  /** Of the span that promised it, as W3C writes it; null where nothing was traced. */
  traceparent: string | null;
}

export const OUTBOX_COLUMNS = `id, kind, user_id AS "userId", session_id AS "sessionId", turn_id AS "turnId", attempts, traceparent`;

@Injectable()
export class OutboxRepository {
  constructor(private readonly database: Database) {}

  /**
   * Open rows that are due, oldest first. Each is hidden for `hideSeconds`: if its job is lost with the queue, it
   * comes up again by itself.
   */
  async takeDue(limit: number, hideSeconds: number, kinds: readonly string[] | null = null): Promise<OutboxRow[]> {
    return this.database.query(
      'outbox_take_due',
      `UPDATE outbox SET available_at = now() + make_interval(secs => $2)
       WHERE id IN (
         SELECT id FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= now()
           AND ($3::text[] IS NULL OR kind = ANY($3))
         ORDER BY available_at LIMIT $1 FOR UPDATE SKIP LOCKED
       )
       RETURNING ${OUTBOX_COLUMNS}`,
      [limit, hideSeconds, kinds],
    );
  }

  /**
   * Without those that are done, dead or gone: a job that comes twice finds nothing to do. The condition is written so
   * that no index of open rows fits it: reading all of them was taken for less work than looking up a few ids.
   */
  async findOpen(ids: readonly string[]): Promise<OutboxRow[]> {
    return this.database.query(
      'outbox_find_open',
      `SELECT ${OUTBOX_COLUMNS} FROM outbox WHERE id = ANY($1) AND coalesce(done_at, dead_at) IS NULL`,
      [ids],
    );
  }

  async close(ids: readonly string[]): Promise<void> {
    await this.database.query(
      'outbox_close',
      'UPDATE outbox SET done_at = now() WHERE id = ANY($1) AND done_at IS NULL',
      [ids],
    );
  }

  /** Notes a failed attempt; `dead` gives the rows up, else they are not tried again for `waitSeconds`. */
  async noteFailure(ids: readonly string[], errorCode: string, dead: boolean, waitSeconds: number): Promise<void> {
    await this.database.query(
      'outbox_note_failure',
      `UPDATE outbox SET attempts = attempts + 1, last_error_code = $2,
         dead_at = coalesce(dead_at, CASE WHEN $3 THEN now() END),
         due_at = now() + make_interval(secs => $4), available_at = now() + make_interval(secs => $4)
       WHERE id = ANY($1) AND done_at IS NULL`,
      [ids, errorCode, dead, waitSeconds],
    );
  }

  /**
   * What is open (counted up to `most`) and given up, and how long the oldest that is due has waited, in seconds. What
   * waits for more to come, and has not been tried, is no backlog.
   */
  async backlog(most: number): Promise<OutboxBacklog> {
    const row = await this.database.one<OutboxBacklog>(
      'outbox_backlog',
      `WITH pending AS MATERIALIZED (
         SELECT CASE WHEN attempts = 0 THEN due_at ELSE created_at END AS since
         FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND (due_at <= now() OR attempts > 0) LIMIT $1
       )
       SELECT count(*)::int AS open,
         (SELECT count(*)::int FROM outbox WHERE dead_at IS NOT NULL) AS dead,
         coalesce(greatest(0, extract(epoch FROM now() - min(since))), 0)::float8 AS "oldestSeconds"
       FROM pending`,
      [most],
    );
    return row ?? { open: 0, dead: 0, oldestSeconds: 0 };
  }

  /** What was given up, newest first. `before` is the id of the last one seen. */
  async listDead(limit: number, before: string | null): Promise<DeadLetter[]> {
    return this.database.query(
      'outbox_list_dead',
      `SELECT ${OUTBOX_COLUMNS}, last_error_code AS "lastErrorCode", created_at AS "createdAt", dead_at AS "deadAt"
       FROM outbox WHERE dead_at IS NOT NULL AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $1`,
      [limit, before],
    );
  }

  /** Opens a row again that was given up; undefined where there is no such row. */
  async revive(id: string): Promise<OutboxRow | undefined> {
    return this.database.one(
      'outbox_revive',
      `UPDATE outbox SET dead_at = NULL, attempts = 0, available_at = now(), due_at = now()
       WHERE id = $1 AND dead_at IS NOT NULL RETURNING ${OUTBOX_COLUMNS}`,
      [id],
    );
  }
}

export interface OutboxBacklog {
  open: number;
  dead: number;
  oldestSeconds: number;
}

/** A row that was given up after its last attempt. */
export interface DeadLetter extends OutboxRow {
  lastErrorCode: string | null;
  createdAt: Date;
  deadAt: Date;
}
