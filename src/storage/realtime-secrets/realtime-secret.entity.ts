import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** A secret that opens one call. The row goes when it is used; what nobody used goes when it has expired. */
@Entity('realtime_secrets')
@Index('realtime_secrets_user_id_idx', ['userId'])
@Index('realtime_secrets_expires_at_idx', ['expiresAt'])
export class RealtimeSecretEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  /** SHA-256 of the secret; the secret itself is shown once and never stored. */
  @Column({ type: 'bytea', unique: true }) secretHash: Buffer;
  /** The sign-in or API key that it was asked for with. */
  @Column({ type: 'uuid', nullable: true }) credentialId: string | null;
  @Column({ type: 'boolean' }) isApiKey: boolean;
  @Column({ type: 'integer' }) tokenVersion: number;
  /** What the call is to be like. */
  @Column({ type: 'jsonb' }) wish: Record<string, unknown>;
  @Column({ type: 'timestamptz' }) expiresAt: Date;
}
