import { Injectable } from '@nestjs/common';
import { newId } from '../../core/util/ids.js';
import { Database } from '../database/database.js';
import { type OutboxRow, OUTBOX_COLUMNS } from './outbox.repository.js';

/** A user's rows of one kind, done in order by one process at a time. */
@Injectable()
export class OutboxDrainRepository {
  constructor(private readonly database: Database) {}

  /** The holder's name, or undefined where somebody else is at it. A holder that dies lets go after `seconds`. */
  async lease(userId: string, kind: string, seconds: number): Promise<string | undefined> {
    const row = await this.database.one<{ holder: string }>(
      'outbox_lease',
      `INSERT INTO outbox_leases (user_id, kind, holder, locked_until)
       VALUES ($1, $2, $3, now() + make_interval(secs => $4))
       ON CONFLICT (user_id, kind) DO UPDATE SET holder = EXCLUDED.holder, locked_until = EXCLUDED.locked_until
         WHERE outbox_leases.locked_until < now()
       RETURNING holder`,
      [userId, kind, newId(), seconds],
    );
    return row?.holder;
  }

  /** Goes on holding it; false where it has been lost meanwhile. */
  async renew(userId: string, kind: string, holder: string, seconds: number): Promise<boolean> {
    const rows = await this.database.query(
      'outbox_lease_renew',
      `UPDATE outbox_leases SET locked_until = now() + make_interval(secs => $4)
       WHERE user_id = $1 AND kind = $2 AND holder = $3 RETURNING holder`,
      [userId, kind, holder, seconds],
    );
    return rows.length > 0;
  }

  /** Lets go. True where there is more to do that came after the holder had looked last, and found it busy. */
  async release(userId: string, kind: string, holder: string): Promise<boolean> {
    const row = await this.database.one<{ more: boolean | null }>(
      'outbox_lease_release',
      `WITH gone AS (DELETE FROM outbox_leases WHERE user_id = $1 AND kind = $2 AND holder = $3 RETURNING holder)
       SELECT (SELECT due_at <= now() FROM outbox
         WHERE user_id = $1 AND kind = $2 AND done_at IS NULL AND dead_at IS NULL ORDER BY id LIMIT 1) AS more
       FROM gone`,
      [userId, kind, holder],
    );
    return row?.more ?? false;
  }

  /** Has a row handed over again when the one who is at it has either done it or died. */
  async awaitLease({ id, userId, kind }: Pick<OutboxRow, 'id' | 'userId' | 'kind'>): Promise<void> {
    await this.database.query(
      'outbox_lease_await',
      `UPDATE outbox SET available_at = l.locked_until FROM outbox_leases l
       WHERE outbox.id = $1 AND l.user_id = $2 AND l.kind = $3`,
      [id, userId, kind],
    );
  }

  /** The user's open rows of a kind, oldest first. */
  async open(userId: string, kind: string, limit: number): Promise<DrainRow[]> {
    return this.database.query(
      'outbox_open_of_user',
      `SELECT ${OUTBOX_COLUMNS}, due_at <= now() AS "isDue",
         1000 * extract(epoch FROM now() - created_at)::float8 AS "ageMs"
       FROM outbox WHERE user_id = $1 AND kind = $2 AND done_at IS NULL AND dead_at IS NULL ORDER BY id LIMIT $3`,
      [userId, kind, limit],
    );
  }

  /** What is due and not done is handed to the queue again at once: nobody is at it any more. */
  async handBack(userId: string, kind: string): Promise<void> {
    await this.database.query(
      'outbox_hand_back',
      `UPDATE outbox SET available_at = now()
       WHERE user_id = $1 AND kind = $2 AND done_at IS NULL AND dead_at IS NULL AND due_at <= now()`,
      [userId, kind],
    );
  }

  /** Where no other process can be at work: all that is open is nobody's, and handed over when it is due. */
  async handBackAll(): Promise<void> {
    await this.database.query(
      'outbox_hand_back_all',
      `WITH nobodys AS (DELETE FROM outbox_leases)
       UPDATE outbox SET available_at = due_at
       WHERE done_at IS NULL AND dead_at IS NULL AND available_at > due_at`,
      [],
    );
  }

  /** Puts off all of a user's open rows of a kind: more is to come first. */
  async putOff(userId: string, kind: string, milliseconds: number): Promise<void> {
    await this.database.query(
      'outbox_put_off',
      `UPDATE outbox SET due_at = now() + make_interval(secs => $3), available_at = now() + make_interval(secs => $3)
       WHERE user_id = $1 AND kind = $2 AND done_at IS NULL AND dead_at IS NULL`,
      [userId, kind, milliseconds / 1000],
    );
  }
}

export interface DrainRow extends OutboxRow {
  /** False where it is not to be done yet. */
  isDue: boolean;
  /** Since its turn. */
  ageMs: number;
}
