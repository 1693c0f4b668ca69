import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

@Entity('idempotency_keys')
@Index('idempotency_keys_expires_at_idx', ['expiresAt'])
export class IdempotencyKeyEntity {
  /** Keys are the caller's own: two users never meet. */
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @PrimaryColumn({ type: 'text' }) key: string;
  /** SHA-256 over method, path and body. */
  @Column({ type: 'bytea' }) requestHash: Buffer;
  /** Who answers the first request; when it has ended before the answer, the key is free again. */
  @Column({ type: 'uuid' }) instanceId: string;
  /** Null while the first request is being answered. */
  @Column({ type: 'integer', nullable: true }) responseStatus: number | null;
  @Column({ type: 'text', nullable: true }) contentType: string | null;
  @Column({ type: 'bytea', nullable: true }) body: Buffer | null;
  /** Until then the first request is believed to be alive; afterwards the key is free again. */
  @Column({ type: 'timestamptz' }) lockedUntil: Date;
  @Column({ type: 'timestamptz' }) expiresAt: Date;
}
