import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';

export const ACCOUNT_DELETE = 'account.delete';

export type DeletionRequest = 'requested' | 'last_admin' | 'unknown';

export interface DeletionProgress {
  ageSeconds: number;
  attempts: number;
}

/**
 * What may be long, and goes before the user, piece by piece: the rest goes with the user's own row, by foreign keys.
 * Tables of a user's rows that may hold many thousands belong here.
 */
const LONG_TABLES = ['responses', 'messages', 'memories', 'learned_turns', 'usage_events', 'idempotency_keys'] as const;
const BATCH = 2000;

/** Ends accounts. Everything is idempotent: a deletion that broke off is simply done again. */
@Injectable()
export class AccountDeletionRepository {
  constructor(private readonly database: Database) {}

  /**
   * From now on nobody signs in as this user, no token or key of theirs works, their sessions take nothing, and the rest
   * is promised to the background under `promiseId`.
   */
  async request(userId: string, promiseId: string): Promise<DeletionRequest> {
    return this.database.transaction(async (sql) => {
      // All admins, too: of two who leave at once one sees that the other has gone. In the order in which all lock users.
      const locked = await sql<{ id: string; status: string; isAdmin: boolean }>(
        `SELECT id, status, role = 'admin' AND status = 'active' AS "isAdmin" FROM users
         WHERE id = $1 OR role = 'admin' AND status = 'active' ORDER BY id FOR NO KEY UPDATE`,
        [userId],
      );
      const user = locked.find(({ id }) => id === userId);
      if (user === undefined) return 'unknown';
      if (user.isAdmin && locked.length === 1) return 'last_admin';
      if (user.status !== 'deleting') await shutOut(sql, userId, promiseId);
      return 'requested';
    });
  }

  /** All rows of the user in this database, the promise of the deletion alone left out. */
  async wipe(userId: string, promiseId: string): Promise<void> {
    for (const table of LONG_TABLES) await this.empty(table, userId);
    await this.database.transaction(async (sql) => {
      // A turn that is just being stored holds its session, and waits for the user: so sessions are waited for first.
      await sql('DELETE FROM sessions WHERE user_id = $1', [userId]);
      await sql('UPDATE tool_approvals SET decided_by = NULL WHERE decided_by = $1', [userId]);
      // From here on the foreign keys refuse whatever is still on its way.
      await sql('DELETE FROM users WHERE id = $1', [userId]);
      await sql('DELETE FROM outbox WHERE user_id = $1 AND id <> $2', [userId, promiseId]);
    });
  }

  /** How long the promise has stood, and how often it was tried. Undefined where it is kept already. */
  async progress(promiseId: string): Promise<DeletionProgress | undefined> {
    return this.database.one(
      'account_deletion_progress',
      'SELECT extract(epoch FROM now() - created_at)::float8 AS "ageSeconds", attempts FROM outbox WHERE id = $1',
      [promiseId],
    );
  }

  /** It is tried again after `seconds`; an attempt that failed has a code. */
  async postpone(promiseId: string, seconds: number, errorCode: string | null): Promise<void> {
    await this.database.query(
      'account_deletion_postpone',
      `UPDATE outbox SET available_at = now() + make_interval(secs => $2), last_error_code = $3,
         attempts = attempts + CASE WHEN $3::text IS NULL THEN 0 ELSE 1 END WHERE id = $1`,
      [promiseId, seconds, errorCode],
    );
  }

  /** It is a dead letter now, for an admin to have it tried again. */
  async giveUp(promiseId: string, errorCode: string): Promise<void> {
    await this.database.query(
      'account_deletion_give_up',
      'UPDATE outbox SET dead_at = now(), attempts = attempts + 1, last_error_code = $2 WHERE id = $1',
      [promiseId, errorCode],
    );
  }

  /** The deletion is over: its promise holds the user's id, and so it goes, too. */
  async finish(promiseId: string): Promise<void> {
    await this.database.query('account_deletion_finish', 'DELETE FROM outbox WHERE id = $1', [promiseId]);
  }

  private async empty(table: (typeof LONG_TABLES)[number], userId: string): Promise<void> {
    for (;;) {
      const [row] = await this.database.query<{ gone: number }>(
        `account_empty_${table}`,
        `WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE user_id = $1 LIMIT ${BATCH}))
           RETURNING 1) SELECT count(*)::int AS gone FROM gone`,
        [userId],
      );
      if ((row?.gone ?? 0) === 0) return;
    }
  }
}

async function shutOut(sql: Sql, userId: string, promiseId: string): Promise<void> {
  await sql(
    `UPDATE users SET status = 'deleting', token_version = token_version + 1, updated_at = now() WHERE id = $1`,
    [userId],
  );
  await sql('DELETE FROM refresh_tokens WHERE user_id = $1', [userId]);
  await sql('DELETE FROM api_keys WHERE user_id = $1', [userId]);
  await sql('UPDATE sessions SET deleted_at = coalesce(deleted_at, now()) WHERE user_id = $1', [userId]);
  await sql('DELETE FROM outbox WHERE user_id = $1', [userId]);
  await sql('INSERT INTO outbox (id, kind, user_id, turn_id) VALUES ($1, $2, $3, $1)', [
    promiseId,
    ACCOUNT_DELETE,
    userId,
  ]);
}
