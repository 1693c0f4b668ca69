import { Injectable } from '@nestjs/common';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface RealtimeSecretRow {
  id: string;
  userId: string;
  credentialId: string | null;
  isApiKey: boolean;
  tokenVersion: number;
  wish: Record<string, unknown>;
}

@Injectable()
export class RealtimeSecretRepository {
  constructor(private readonly database: Database) {}

  /** Returns when it expires. */
  async save(row: RealtimeSecretRow & { secretHash: Buffer }, ttlSeconds: number): Promise<Date> {
    const { id, userId, secretHash, credentialId, isApiKey, tokenVersion, wish } = row;
    const saved = await this.database.one<{ expiresAt: Date }>(
      'realtime_secret_save',
      `INSERT INTO realtime_secrets
         (id, user_id, secret_hash, credential_id, is_api_key, token_version, wish, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, now() + make_interval(secs => $8)) RETURNING expires_at AS "expiresAt"`,
      [id, userId, secretHash, credentialId, isApiKey, tokenVersion, storableJson(wish), ttlSeconds],
    );
    return saved?.expiresAt ?? new Date();
  }

  /** To the first who asks, on whichever instance, and to nobody after; undefined where there is no such secret. */
  async take(secretHash: Buffer): Promise<(RealtimeSecretRow & { isExpired: boolean }) | undefined> {
    return this.database.one(
      'realtime_secret_take',
      `DELETE FROM realtime_secrets WHERE secret_hash = $1
       RETURNING id, user_id AS "userId", credential_id AS "credentialId", is_api_key AS "isApiKey",
         token_version AS "tokenVersion", wish, expires_at <= now() AS "isExpired"`,
      [secretHash],
    );
  }
}
