import { Injectable } from '@nestjs/common';
import type { Scope, UserRole } from '../../core/domain/principal.js';
import { Database } from '../database/database.js';
import type { UserStatus } from '../users/user.entity.js';

export interface ApiKeyRow {
  id: string;
  name: string;
  prefix: string;
  scopes: Scope[];
  rateLimitPerMinute: number | null;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
}

export interface NewApiKey {
  id: string;
  userId: string;
  name: string;
  prefix: string;
  keyHash: Buffer;
  scopes: Scope[];
  rateLimitPerMinute: number | null;
  expiresAt: Date | null;
}

/** A key that was presented, with its owner's standing. */
export interface PresentedKey {
  id: string;
  userId: string;
  scopes: Scope[];
  rateLimitPerMinute: number | null;
  role: UserRole;
  status: UserStatus;
  expired: boolean;
  revoked: boolean;
  /** Whether `last_used_at` is older than a minute, so that not every request writes. */
  stale: boolean;
}

const STANDING = `SELECT k.id, k.user_id AS "userId", k.scopes, k.rate_limit_per_minute AS "rateLimitPerMinute", u.role,
    u.status, coalesce(k.expires_at <= now(), false) AS expired, k.revoked_at IS NOT NULL AS revoked,
    coalesce(k.last_used_at < now() - interval '1 minute', true) AS stale
  FROM api_keys k JOIN users u ON u.id = k.user_id`;

const COLUMNS = `id, name, prefix, scopes, rate_limit_per_minute AS "rateLimitPerMinute", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", created_at AS "createdAt"`;

@Injectable()
export class ApiKeyRepository {
  constructor(private readonly database: Database) {}

  async add(key: NewApiKey): Promise<ApiKeyRow> {
    const row = await this.database.one<ApiKeyRow>(
      'api_key_add',
      `INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, rate_limit_per_minute, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
      [key.id, key.userId, key.name, key.prefix, key.keyHash, key.scopes, key.rateLimitPerMinute, key.expiresAt],
    );
    return row as ApiKeyRow;
  }

  /** The user's live keys, newest first; `before` is the id to go on after. */
  async list(userId: string, limit: number, before: string | null): Promise<ApiKeyRow[]> {
    return this.database.query(
      'api_key_list',
      `SELECT ${COLUMNS} FROM api_keys
       WHERE user_id = $1 AND revoked_at IS NULL AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2`,
      [userId, limit, before],
    );
  }

  /** False where the user has no such live key. */
  async revoke(id: string, userId: string): Promise<boolean> {
    const row = await this.database.one(
      'api_key_revoke',
      'UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING id',
      [id, userId],
    );
    return row !== undefined;
  }

  async present(keyHash: Buffer): Promise<PresentedKey | undefined> {
    return this.database.one('api_key_present', `${STANDING} WHERE k.key_hash = $1`, [keyHash]);
  }

  /** A key that was presented before, with its owner's standing now. */
  async standing(id: string): Promise<PresentedKey | undefined> {
    return this.database.one('api_key_standing', `${STANDING} WHERE k.id = $1`, [id]);
  }

  async noteUse(id: string): Promise<void> {
    await this.database.query('api_key_note_use', 'UPDATE api_keys SET last_used_at = now() WHERE id = $1', [id]);
  }
}
