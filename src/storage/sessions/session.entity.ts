import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

@Entity('sessions')
@Index('sessions_user_id_last_message_at_idx', ['userId', 'lastMessageAt', 'id'], { where: 'deleted_at IS NULL' })
@Index('sessions_deleted_at_idx', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
export class SessionEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'text' }) personalityId: string;
  /** Null until the user gives one or the engine has made one. */
  @Column({ type: 'text', nullable: true }) title: string | null;
  @Column({ type: 'integer', default: 0 }) messageCount: number;
  /** The highest `seq` handed out; two turns at once each reserve their own. */
  @Column({ type: 'bigint', default: 0 }) lastSeq: string;
  /** Raised by the database whenever a message is changed or taken away. */
  @Column({ type: 'integer', default: 0 }) historyRevision: number;
  @Column({ type: 'bigint', default: 0 }) totalTokens: string;
  @Column({ type: 'numeric', default: 0 }) totalCostUsd: string;
  @Column({ type: 'jsonb', default: () => `'{}'` }) metadata: Record<string, unknown>;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', default: () => 'now()' }) updatedAt: Date;
  @Column({ type: 'timestamptz', default: () => 'now()' }) lastMessageAt: Date;
  @Column({ type: 'timestamptz', nullable: true }) deletedAt: Date | null;
}
