import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** One answered turn, or embeddings that were asked for. Appended only, so that busy users never wait for a shared counter; rolled up into `usage_daily`. */
@Entity('usage_events')
@Index('usage_events_user_id_idx', ['userId'])
export class UsageEventEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'text' }) model: string;
  /** Empty: none. */
  @Column({ type: 'text' }) personalityId: string;
  @Column({ type: 'integer' }) promptTokens: number;
  @Column({ type: 'integer' }) completionTokens: number;
  /** Exact: a token may cost less than a millionth of a dollar. */
  @Column({ type: 'numeric', default: 0 }) costUsd: string;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
}
