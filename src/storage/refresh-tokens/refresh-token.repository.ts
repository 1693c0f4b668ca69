import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface RefreshTokenRow {
  userId: string;
  familyId: string;
  rotatedAt: Date | null;
}

export interface NewRefreshToken {
  id: string;
  userId: string;
  familyId: string;
  tokenHash: Buffer;
  deviceId: string | null;
  ttlSeconds: number;
}

@Injectable()
export class RefreshTokenRepository {
  constructor(private readonly database: Database) {}

  async add(token: NewRefreshToken): Promise<void> {
    await this.database.query(
      'refresh_token_add',
      `INSERT INTO refresh_tokens (id, user_id, family_id, token_hash, device_id, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
      [token.id, token.userId, token.familyId, token.tokenHash, token.deviceId, token.ttlSeconds],
    );
  }

  /**
   * Exchanges a live token for the next one of its family, in one statement: of two exchanges at once exactly one
   * wins, and a family revoked meanwhile gets no new token.
   */
  async rotate(
    oldHash: Buffer,
    next: Pick<NewRefreshToken, 'id' | 'tokenHash' | 'ttlSeconds'>,
  ): Promise<{ userId: string; familyId: string } | undefined> {
    return this.database.one(
      'refresh_token_rotate',
      `WITH old AS (
         UPDATE refresh_tokens SET rotated_at = now()
         WHERE token_hash = $1 AND rotated_at IS NULL AND revoked_at IS NULL AND expires_at > now()
         RETURNING user_id, family_id, device_id
       )
       INSERT INTO refresh_tokens (id, user_id, family_id, token_hash, device_id, expires_at)
       SELECT $2, user_id, family_id, $3, device_id, now() + make_interval(secs => $4) FROM old
       RETURNING user_id AS "userId", family_id AS "familyId"`,
      [oldHash, next.id, next.tokenHash, next.ttlSeconds],
    );
  }

  async find(hash: Buffer): Promise<RefreshTokenRow | undefined> {
    return this.database.one(
      'refresh_token_find',
      `SELECT user_id AS "userId", family_id AS "familyId", rotated_at AS "rotatedAt"
       FROM refresh_tokens WHERE token_hash = $1`,
      [hash],
    );
  }

  /** Ends one sign-in: its refresh tokens and, as every request asks, its access tokens. */
  async revokeFamily(familyId: string): Promise<void> {
    // Again until nothing is left: an exchange that was under way has added a token that the first pass cannot see.
    let revoked: object[];
    do {
      revoked = await this.database.query(
        'refresh_token_revoke_family',
        'UPDATE refresh_tokens SET revoked_at = now() WHERE family_id = $1 AND revoked_at IS NULL RETURNING id',
        [familyId],
      );
    } while (revoked.length > 0);
  }
}
