import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { UserRole } from '../../core/domain/principal.js';

/** `deleting`: on the user's own wish; nobody comes in any more, and all rows go. */
export type UserStatus = 'active' | 'inactive' | 'suspended' | 'deleting';

@Entity('users')
@Check('users_role_check', `role IN ('user', 'admin')`)
@Check('users_status_check', `status IN ('active', 'inactive', 'suspended', 'deleting')`)
// Few and ever fewer: the accounts that still have a hash from elsewhere.
@Index('users_legacy_hash_idx', ['passwordHash'], { where: `password_hash LIKE '$2%'` })
export class UserEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'citext', unique: true }) username: string;
  @Column({ type: 'citext', unique: true }) email: string;
  /** argon2id, in its own encoded form; bcrypt until an account that was brought from elsewhere first signs in. */
  @Column({ type: 'text' }) passwordHash: string;
  @Column({ type: 'text', default: 'user' }) role: UserRole;
  @Column({ type: 'text', default: 'active' }) status: UserStatus;
  @Column({ type: 'text', nullable: true }) displayName: string | null;
  @Column({ type: 'text', nullable: true }) bio: string | null;
  @Column({ type: 'text', array: true, default: () => `'{}'` }) interests: string[];
  @Column({ type: 'text', nullable: true }) avatarUrl: string | null;
  @Column({ type: 'jsonb', default: () => `'{}'` }) preferences: Record<string, unknown>;
  /** Encrypted; null while no second factor is set up. */
  @Column({ type: 'bytea', nullable: true }) mfaSecret: Buffer | null;
  /** Since when the second factor is asked for; null while it is only proposed. */
  @Column({ type: 'timestamptz', nullable: true }) mfaEnabledAt: Date | null;
  /** The time step of the last code that was used: each works once. */
  @Column({ type: 'bigint', nullable: true }) mfaLastStep: string | null;
  /** SHA-256 of the recovery codes that are left. */
  @Column({ type: 'bytea', array: true, default: () => `'{}'` }) mfaRecoveryHashes: Buffer[];
  /** Raised to end every sign-in of the user at once. */
  @Column({ type: 'integer', default: 0 }) tokenVersion: number;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', default: () => 'now()' }) updatedAt: Date;
  @Column({ type: 'timestamptz', nullable: true }) lastLoginAt: Date | null;
}
