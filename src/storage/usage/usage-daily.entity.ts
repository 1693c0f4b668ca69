import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

@Entity('usage_daily')
export class UsageDailyEntity {
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  /** UTC. */
  @PrimaryColumn({ type: 'date' }) day: string;
  @PrimaryColumn({ type: 'text' }) model: string;
  /** Empty: none. */
  @PrimaryColumn({ type: 'text' }) personalityId: string;
  @Column({ type: 'bigint', default: 0 }) requests: string;
  @Column({ type: 'bigint', default: 0 }) promptTokens: string;
  @Column({ type: 'bigint', default: 0 }) completionTokens: string;
  /** Exact: a token may cost less than a millionth of a dollar. */
  @Column({ type: 'numeric', default: 0 }) costUsd: string;
}
