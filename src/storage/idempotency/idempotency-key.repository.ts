import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface KeptAnswer {
  requestHash: Buffer;
  /** Null while the first request is being answered. */
  responseStatus: number | null;
  contentType: string | null;
  body: Buffer | null;
}

@Injectable()
export class IdempotencyKeyRepository {
  constructor(private readonly database: Database) {}

  /** Takes the key if it is new, expired or left behind by a dead process; returns the holder's record otherwise. */
  async take(
    userId: string,
    key: string,
    requestHash: Buffer,
    seconds: { lock: number; ttl: number },
  ): Promise<KeptAnswer | undefined> {
    const taken = await this.database.one(
      'idempotency_take',
      `INSERT INTO idempotency_keys AS k (user_id, key, request_hash, locked_until, expires_at)
       VALUES ($1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $5))
       ON CONFLICT (user_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, response_status = NULL,
         content_type = NULL, body = NULL, locked_until = EXCLUDED.locked_until, expires_at = EXCLUDED.expires_at
       WHERE k.expires_at < now() OR (k.response_status IS NULL AND k.locked_until < now())
       RETURNING key`,
      [userId, key, requestHash, seconds.lock, seconds.ttl],
    );
    if (taken) return undefined;
    const holder = await this.database.one<KeptAnswer>(
      'idempotency_find',
      `SELECT request_hash AS "requestHash", response_status AS "responseStatus", content_type AS "contentType", body
       FROM idempotency_keys WHERE user_id = $1 AND key = $2`,
      [userId, key],
    );
    // Given up between the two questions: it is free again.
    return holder ?? this.take(userId, key, requestHash, seconds);
  }

  /** For the holder only: a request that was taken for dead and comes back late keeps nothing. */
  async keep(
    userId: string,
    key: string,
    requestHash: Buffer,
    answer: { status: number; contentType: string; body: Buffer },
  ): Promise<void> {
    await this.database.query(
      'idempotency_keep',
      `UPDATE idempotency_keys SET response_status = $3, content_type = $4, body = $5
       WHERE user_id = $1 AND key = $2 AND request_hash = $6 AND response_status IS NULL`,
      [userId, key, answer.status, answer.contentType, answer.body, requestHash],
    );
  }

  /** Frees the key, so that the request may be tried again. */
  async release(userId: string, key: string, requestHash: Buffer): Promise<void> {
    await this.database.query(
      'idempotency_release',
      'DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND request_hash = $3 AND response_status IS NULL',
      [userId, key, requestHash],
    );
  }
}
