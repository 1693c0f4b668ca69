import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** A request's claim to its key, in the name of the instance that answers it. */
export interface KeyClaim {
  userId: string;
  key: string;
  requestHash: Buffer;
  instanceId: string;
}

/** What is known of the request that holds a key. */
export interface HeldKey {
  requestHash: Buffer;
  instanceId: string;
  /** Null while the first request is being answered. */
  responseStatus: number | null;
  contentType: string | null;
  body: Buffer | null;
}

@Injectable()
export class IdempotencyKeyRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes the key if it is new, expired, locked for too long or still held by the instance `ended`; returns the holder's
   * record otherwise. Of many who take it at once, one gets it.
   */
  async take(
    claim: KeyClaim,
    seconds: { lock: number; ttl: number },
    ended: string | null = null,
  ): Promise<HeldKey | undefined> {
    const { userId, key, requestHash, instanceId } = claim;
    const taken = await this.database.one(
      'idempotency_take',
      `INSERT INTO idempotency_keys AS k (user_id, key, request_hash, instance_id, locked_until, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), now() + make_interval(secs => $6))
       ON CONFLICT (user_id, key) DO UPDATE SET request_hash = EXCLUDED.request_hash,
         instance_id = EXCLUDED.instance_id, response_status = NULL, content_type = NULL, body = NULL,
         locked_until = EXCLUDED.locked_until, expires_at = EXCLUDED.expires_at
       WHERE k.expires_at < now()
         OR (k.response_status IS NULL AND (k.locked_until < now() OR k.instance_id = $7))
       RETURNING key`,
      [userId, key, requestHash, instanceId, seconds.lock, seconds.ttl, ended],
    );
    if (taken) return undefined;
    const holder = await this.database.one<HeldKey>(
      'idempotency_find',
      `SELECT request_hash AS "requestHash", instance_id AS "instanceId", response_status AS "responseStatus",
         content_type AS "contentType", body FROM idempotency_keys WHERE user_id = $1 AND key = $2`,
      [userId, key],
    );
    // Given up between the two questions: it is free again.
    return holder ?? this.take(claim, seconds, ended);
  }

  /** For the holder only: a request that was taken for dead and comes back late keeps nothing. */
  async keep(
    { userId, key, requestHash, instanceId }: KeyClaim,
    answer: { status: number; contentType: string; body: Buffer },
  ): Promise<void> {
    await this.database.query(
      'idempotency_keep',
      `UPDATE idempotency_keys SET response_status = $3, content_type = $4, body = $5
       WHERE user_id = $1 AND key = $2 AND request_hash = $6 AND instance_id = $7 AND response_status IS NULL`,
      [userId, key, answer.status, answer.contentType, answer.body, requestHash, instanceId],
    );
  }

  /** Frees the key, so that the request may be tried again. */
  async release({ userId, key, requestHash, instanceId }: KeyClaim): Promise<void> {
    await this.database.query(
      'idempotency_release',
      `DELETE FROM idempotency_keys
       WHERE user_id = $1 AND key = $2 AND request_hash = $3 AND instance_id = $4 AND response_status IS NULL`,
      [userId, key, requestHash, instanceId],
    );
  }
}
