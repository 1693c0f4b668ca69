import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How often in a row somebody could not sign in under a name. */
@Entity('sign_in_failures')
@Index('sign_in_failures_failed_at_idx', ['failedAt'])
export class SignInFailureEntity {
  /** SHA-256 of whom the name means; never the name, as people type passwords there. */
  @PrimaryColumn({ type: 'bytea' }) loginHash: Buffer;
  @Column({ type: 'integer' }) failures: number;
  @Column({ type: 'timestamptz' }) failedAt: Date;
  @Column({ type: 'timestamptz', nullable: true }) lockedUntil: Date | null;
}
