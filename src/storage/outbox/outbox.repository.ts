import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface OutboxRow {
  id: string;
  kind: string;
  userId: string;
  sessionId: string | null;
  turnId: string;
  attempts: number;
}

const COLUMNS = `id, kind, user_id AS "userId", session_id AS "sessionId", turn_id AS "turnId", attempts`;

@Injectable()
export class OutboxRepository {
  constructor(private readonly database: Database) {}

  /**
   * Open rows that are due, oldest first. Each is hidden for `hideSeconds`: if its job is lost with the queue, it
   * comes up again by itself.
   */
  async takeDue(limit: number, hideSeconds: number): Promise<OutboxRow[]> {
    return this.database.query(
      'outbox_take_due',
      `UPDATE outbox SET available_at = now() + make_interval(secs => $2)
       WHERE id IN (
         SELECT id FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= now()
         ORDER BY available_at LIMIT $1 FOR UPDATE SKIP LOCKED
       )
       RETURNING ${COLUMNS}`,
      [limit, hideSeconds],
    );
  }

  /** Undefined where the row is done, dead or gone: a job that comes twice finds nothing to do. */
  async findOpen(id: string): Promise<OutboxRow | undefined> {
    return this.database.one(
      'outbox_find_open',
      `SELECT ${COLUMNS} FROM outbox WHERE id = $1 AND done_at IS NULL AND dead_at IS NULL`,
      [id],
    );
  }

  async close(id: string): Promise<void> {
    await this.database.query('outbox_close', 'UPDATE outbox SET done_at = now() WHERE id = $1', [id]);
  }

  /** Notes a failed attempt; `dead` gives the row up. */
  async noteFailure(id: string, errorCode: string, dead: boolean): Promise<void> {
    await this.database.query(
      'outbox_note_failure',
      `UPDATE outbox SET attempts = attempts + 1, last_error_code = $2, dead_at = coalesce(dead_at, CASE WHEN $3 THEN now() END) WHERE id = $1`,
      [id, errorCode, dead],
    );
  }
}
