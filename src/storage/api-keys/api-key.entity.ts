import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Scope } from '../../core/domain/principal.js';
import { UserEntity } from '../users/user.entity.js';

@Entity('api_keys')
@Index('api_keys_user_id_idx', ['userId'])
export class ApiKeyEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'text' }) name: string;
  /** The key's first characters, so that its owner recognises it. */
  @Column({ type: 'text' }) prefix: string;
  /** SHA-256 of the key; the key itself is shown once and never stored. */
  @Column({ type: 'bytea', unique: true }) keyHash: Buffer;
  @Column({ type: 'text', array: true }) scopes: Scope[];
  @Column({ type: 'integer', nullable: true }) rateLimitPerMinute: number | null;
  @Column({ type: 'timestamptz', nullable: true }) expiresAt: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) lastUsedAt: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) revokedAt: Date | null;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
}
