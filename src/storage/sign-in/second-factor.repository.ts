import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface SecondFactorRow {
  /** Encrypted. */
  secret: Buffer;
  enabled: boolean;
}

/** The second factor of a user, beside the account. What was used once is used up in the same statement. */
@Injectable()
export class SecondFactorRepository {
  constructor(private readonly database: Database) {}

  async find(userId: string): Promise<SecondFactorRow | undefined> {
    return this.database.one(
      'second_factor_find',
      `SELECT mfa_secret AS secret, mfa_enabled_at IS NOT NULL AS enabled FROM users
       WHERE id = $1 AND mfa_secret IS NOT NULL`,
      [userId],
    );
  }

  /** Keeps a secret that is not asked for yet; false where a second factor is on. */
  async propose(userId: string, secret: Buffer): Promise<boolean> {
    const row = await this.database.one(
      'second_factor_propose',
      `UPDATE users SET mfa_secret = $2, mfa_last_step = NULL, mfa_recovery_hashes = '{}'
       WHERE id = $1 AND mfa_enabled_at IS NULL RETURNING id`,
      [userId, secret],
    );
    return row !== undefined;
  }

  /** From now on the factor is asked for; false where it was on already. */
  async enable(userId: string, recoveryHashes: readonly Buffer[]): Promise<boolean> {
    const row = await this.database.one(
      'second_factor_enable',
      `UPDATE users SET mfa_enabled_at = now(), mfa_recovery_hashes = $2, updated_at = now()
       WHERE id = $1 AND mfa_secret IS NOT NULL AND mfa_enabled_at IS NULL RETURNING id`,
      [userId, recoveryHashes],
    );
    return row !== undefined;
  }

  /** Instead of those that are left. */
  async renewRecovery(userId: string, hashes: readonly Buffer[]): Promise<void> {
    await this.database.query(
      'second_factor_renew_recovery',
      'UPDATE users SET mfa_recovery_hashes = $2, updated_at = now() WHERE id = $1 AND mfa_enabled_at IS NOT NULL',
      [userId, hashes],
    );
  }

  async disable(userId: string): Promise<void> {
    await this.database.query(
      'second_factor_disable',
      `UPDATE users SET mfa_secret = NULL, mfa_enabled_at = NULL, mfa_last_step = NULL, mfa_recovery_hashes = '{}',
         updated_at = now() WHERE id = $1`,
      [userId],
    );
  }

  /** Uses the code of a time step up; false where it or a later one was used before. */
  async useStep(userId: string, step: number): Promise<boolean> {
    const row = await this.database.one(
      'second_factor_use_step',
      `UPDATE users SET mfa_last_step = $2 WHERE id = $1 AND coalesce(mfa_last_step, -1) < $2 RETURNING id`,
      [userId, step],
    );
    return row !== undefined;
  }

  /** Uses a recovery code up; false where there is none like it. */
  async useRecovery(userId: string, hash: Buffer): Promise<boolean> {
    const row = await this.database.one(
      'second_factor_use_recovery',
      `UPDATE users SET mfa_recovery_hashes = array_remove(mfa_recovery_hashes, $2)
       WHERE id = $1 AND $2 = ANY (mfa_recovery_hashes) RETURNING id`,
      [userId, hash],
    );
    return row !== undefined;
  }
}
