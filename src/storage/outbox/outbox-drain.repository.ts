import { Injectable } from '@nestjs/common';
import { newId } from '../../core/util/ids.js';
import { Database } from '../database/database.js';
import { type OutboxRow, OUTBOX_COLUMNS } from './outbox.repository.js';

/** Users whose rows of a kind nobody else does as long as it is held. */
export interface DrainLease {
  kind: string;
  holder: string;
  userIds: readonly string[];
}

/** $1 users, $2 kind, $3 holder. Locked in the order in which leases are taken, so that no two jobs wait for each other. */
const HELD = `SELECT user_id FROM outbox_leases WHERE user_id = ANY($1) AND kind = $2 AND holder = $3
  ORDER BY user_id FOR UPDATE`;

/** Users' rows of one kind, each user's done in order by one process at a time. */
@Injectable()
export class OutboxDrainRepository {
  constructor(private readonly database: Database) {}

  /** Of these users, those whom nobody else is at. A holder that dies lets go after `seconds`. */
  async lease(userIds: readonly string[], kind: string, seconds: number): Promise<DrainLease> {
    const holder = newId();
    const rows = await this.database.query<{ userId: string }>(
      'outbox_lease',
      `INSERT INTO outbox_leases (user_id, kind, holder, locked_until)
       SELECT id, $2, $3, now() + make_interval(secs => $4) FROM users WHERE id = ANY($1) ORDER BY id
       ON CONFLICT (user_id, kind) DO UPDATE SET holder = EXCLUDED.holder, locked_until = EXCLUDED.locked_until
         WHERE outbox_leases.locked_until < now()
       RETURNING user_id AS "userId"`,
      [userIds, kind, holder, seconds],
    );
    return { kind, holder, userIds: rows.map(({ userId }) => userId) };
  }

  /** Goes on holding it; false where some of it has been lost meanwhile. */
  async renew({ userIds, kind, holder }: DrainLease, seconds: number): Promise<boolean> {
    const rows = await this.database.query(
      'outbox_lease_renew',
      `WITH mine AS (${HELD})
       UPDATE outbox_leases SET locked_until = now() + make_interval(secs => $4) FROM mine
       WHERE outbox_leases.user_id = mine.user_id AND kind = $2 AND holder = $3 RETURNING holder`,
      [userIds, kind, holder, seconds],
    );
    return rows.length === userIds.length;
  }

  /** Lets go. The users of whom there is more to do that came after the holder had looked last, and found it busy. */
  async release({ userIds, kind, holder }: DrainLease): Promise<string[]> {
    const rows = await this.database.query<{ userId: string }>(
      'outbox_lease_release',
      `WITH mine AS (${HELD}), gone AS (
         DELETE FROM outbox_leases USING mine
         WHERE outbox_leases.user_id = mine.user_id AND kind = $2 AND holder = $3 RETURNING outbox_leases.user_id
       )
       SELECT user_id AS "userId" FROM gone WHERE (
         SELECT due_at <= now() FROM outbox o
         WHERE o.user_id = gone.user_id AND o.kind = $2 AND done_at IS NULL AND dead_at IS NULL ORDER BY o.id LIMIT 1
       )`,
      [userIds, kind, holder],
    );
    return rows.map(({ userId }) => userId);
  }

  /**
   * Has rows that `holder` is not at handed over again when those who are have either done them or died. One that is just
   * being settled needs nothing.
   */
  async awaitLease(ids: readonly string[], holder: string): Promise<void> {
    await this.database.query(
      'outbox_lease_await',
      `UPDATE outbox SET available_at = waiting.locked_until FROM (
         SELECT o.id, l.locked_until FROM outbox o
         JOIN outbox_leases l ON l.user_id = o.user_id AND l.kind = o.kind AND l.holder <> $2
         WHERE o.id = ANY($1) ORDER BY o.id FOR UPDATE OF o SKIP LOCKED
       ) AS waiting WHERE outbox.id = waiting.id`,
      [ids, holder],
    );
  }

  /** The users' open rows of a kind, each one's oldest first, `limit` of each. */
  async open(userIds: readonly string[], kind: string, limit: number): Promise<DrainRow[]> {
    return this.database.query(
      'outbox_open_of_users',
      `SELECT ${OUTBOX_COLUMNS}, due_at <= now() AS "isDue",
         1000 * extract(epoch FROM now() - created_at)::float8 AS "ageMs"
       FROM unnest($1::uuid[]) AS u (of_user) JOIN LATERAL (
         SELECT * FROM outbox WHERE user_id = u.of_user AND kind = $2 AND done_at IS NULL AND dead_at IS NULL
         ORDER BY id LIMIT $3
       ) AS o ON true ORDER BY o.user_id, o.id`,
      [userIds, kind, limit],
    );
  }

  /** What is due and not done is handed to the queue again at once: nobody is at it any more. */
  async handBack(userIds: readonly string[], kind: string): Promise<void> {
    await this.database.query(
      'outbox_hand_back',
      `UPDATE outbox SET available_at = now()
       WHERE user_id = ANY($1) AND kind = $2 AND done_at IS NULL AND dead_at IS NULL AND due_at <= now()`,
      [userIds, kind],
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
