import { Injectable } from '@nestjs/common';
import type { UserRole } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { storableJson, storableText } from '../../core/util/storable.js';
import { brokenConstraint, Database, isUniqueViolation } from '../database/database.js';
import type { UserStatus } from './user.entity.js';

export interface UserRow {
  id: string;
  username: string;
  email: string;
  passwordHash: string;
  role: UserRole;
  status: UserStatus;
  displayName: string | null;
  bio: string | null;
  interests: string[];
  avatarUrl: string | null;
  preferences: Record<string, unknown>;
  tokenVersion: number;
  createdAt: Date;
}

export interface NewUser {
  id: string;
  username: string;
  email: string;
  passwordHash: string;
  role: UserRole;
}

/** What decides on every request whether a signed-in user is still welcome. */
export interface SignInState {
  role: UserRole;
  status: UserStatus;
  tokenVersion: number;
  /** Whether the token family named was found and has not been revoked. */
  familyAlive: boolean;
}

export interface ProfileChange {
  displayName?: string | null | undefined;
  bio?: string | null | undefined;
  interests?: string[] | undefined;
  avatarUrl?: string | null | undefined;
}

const COLUMNS = `id, username, email, password_hash AS "passwordHash", role, status, display_name AS "displayName", bio,
  interests, avatar_url AS "avatarUrl", preferences, token_version AS "tokenVersion", created_at AS "createdAt"`;

const isGiven = (value: unknown) => value !== undefined;
const textOrNull = (value: string | null | undefined) => (typeof value === 'string' ? storableText(value) : null);

@Injectable()
export class UserRepository {
  constructor(private readonly database: Database) {}

  /** Throws RESOURCE_CONFLICT where the name or the address is taken. */
  async create(user: NewUser): Promise<UserRow> {
    try {
      const row = await this.database.one<UserRow>(
        'user_create',
        `INSERT INTO users (id, username, email, password_hash, role) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
        [user.id, user.username, user.email, user.passwordHash, user.role],
      );
      return row as UserRow;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const param = brokenConstraint(error) === 'users_email_key' ? 'email' : 'username';
      const what = param === 'email' ? 'An account with this e-mail address' : 'This user name';
      throw new CozyError('RESOURCE_CONFLICT', { message: `${what} already exists.`, param });
    }
  }

  /** By user name or e-mail address, whatever the case. */
  async findByLogin(login: string): Promise<UserRow | undefined> {
    return this.database.one('user_by_login', `SELECT ${COLUMNS} FROM users WHERE username = $1 OR email = $1`, [
      storableText(login),
    ]);
  }

  async find(id: string): Promise<UserRow | undefined> {
    return this.database.one('user_by_id', `SELECT ${COLUMNS} FROM users WHERE id = $1`, [id]);
  }

  async signInState(id: string, familyId: string | null): Promise<SignInState | undefined> {
    return this.database.one(
      'user_sign_in_state',
      `SELECT role, status, token_version AS "tokenVersion",
         EXISTS (SELECT 1 FROM refresh_tokens WHERE family_id = $2 AND user_id = $1 AND revoked_at IS NULL) AS "familyAlive"
       FROM users WHERE id = $1`,
      [id, familyId],
    );
  }

  async noteLogin(id: string): Promise<void> {
    await this.database.query('user_note_login', 'UPDATE users SET last_login_at = now() WHERE id = $1', [id]);
  }

  /** The highest cost among bcrypt hashes that came with accounts from elsewhere, up to `most`; 0 where there are none. */
  async legacyHashCost(most: number): Promise<number> {
    const row = await this.database.one<{ cost: number | null }>(
      'user_legacy_hash_cost',
      `SELECT max(cost) AS cost FROM (
         SELECT substring(password_hash FROM '^\\$2[abxy]?\\$([0-9]{2})\\$')::int AS cost FROM users
         WHERE password_hash LIKE '$2%'
       ) legacy WHERE cost <= $1`,
      [most],
    );
    return row?.cost ?? 0;
  }

  /** Where it is still the hash that the password was checked against. */
  async replaceHash(id: string, current: string, next: string): Promise<void> {
    await this.database.query(
      'user_replace_hash',
      'UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2',
      [id, current, next],
    );
  }

  /** Changes what is given (null clears) and leaves the rest. */
  async updateProfile(id: string, change: ProfileChange): Promise<UserRow | undefined> {
    return this.database.one(
      'user_update_profile',
      `UPDATE users SET
         display_name = CASE WHEN $2 THEN $3 ELSE display_name END,
         bio = CASE WHEN $4 THEN $5 ELSE bio END,
         interests = CASE WHEN $6 THEN $7::text[] ELSE interests END,
         avatar_url = CASE WHEN $8 THEN $9 ELSE avatar_url END,
         updated_at = now()
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [
        id,
        isGiven(change.displayName),
        textOrNull(change.displayName),
        isGiven(change.bio),
        textOrNull(change.bio),
        isGiven(change.interests),
        (change.interests ?? []).map(storableText),
        isGiven(change.avatarUrl),
        textOrNull(change.avatarUrl),
      ],
    );
  }

  /** Replaces the preferences with what `change` makes of the current ones; two changes at once both take effect. */
  async changePreferences(
    id: string,
    change: (current: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<Record<string, unknown> | undefined> {
    return this.database.transaction(async (sql) => {
      const [row] = await sql<{ preferences: Record<string, unknown> }>(
        'SELECT preferences FROM users WHERE id = $1 FOR UPDATE',
        [id],
      );
      if (!row) return undefined;
      const changed = change(row.preferences);
      await sql('UPDATE users SET preferences = $2, updated_at = now() WHERE id = $1', [id, storableJson(changed)]);
      return changed;
    });
  }

  async hasAdmin(): Promise<boolean> {
    return (
      (await this.database.one('user_has_admin', `SELECT 1 AS found FROM users WHERE role = 'admin' LIMIT 1`, [])) !==
      undefined
    );
  }
}
