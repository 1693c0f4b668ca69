import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** Failures further apart than this are no series. */
const SERIES = `interval '24 hours'`;

/** Failed sign-ins by name, in the database: a restart or another instance is no way around a lock. */
@Injectable()
export class SignInFailureRepository {
  constructor(private readonly database: Database) {}

  /** Seconds until this name may be tried again; 0 where it may be tried now. */
  async lockedSeconds(loginHash: Buffer): Promise<number> {
    const row = await this.database.one<{ seconds: number }>(
      'sign_in_locked',
      `SELECT ceil(extract(epoch FROM locked_until - now()))::int AS seconds FROM sign_in_failures
       WHERE login_hash = $1 AND locked_until > now()`,
      [loginHash],
    );
    return row?.seconds ?? 0;
  }

  /** Counts a failure; how many there are now in a row. */
  async add(loginHash: Buffer): Promise<number> {
    const row = await this.database.one<{ failures: number }>(
      'sign_in_failed',
      `INSERT INTO sign_in_failures AS kept (login_hash, failures, failed_at) VALUES ($1, 1, now())
       ON CONFLICT (login_hash) DO UPDATE SET failed_at = now(),
         failures = CASE WHEN kept.failed_at > now() - ${SERIES} THEN least(kept.failures + 1, 1000) ELSE 1 END
       RETURNING failures`,
      [loginHash],
    );
    return row?.failures ?? 0;
  }

  async lock(loginHash: Buffer, seconds: number): Promise<void> {
    await this.database.query(
      'sign_in_lock',
      'UPDATE sign_in_failures SET locked_until = now() + make_interval(secs => $2) WHERE login_hash = $1',
      [loginHash, seconds],
    );
  }

  async clear(loginHash: Buffer): Promise<void> {
    await this.database.query('sign_in_cleared', 'DELETE FROM sign_in_failures WHERE login_hash = $1', [loginHash]);
  }
}
