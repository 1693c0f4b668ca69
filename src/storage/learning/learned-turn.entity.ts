import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** A turn that an engine has learned from already. */
@Entity('learned_turns')
@Index('learned_turns_user_id_idx', ['userId'])
@Index('learned_turns_learned_at_idx', ['learnedAt'])
export class LearnedTurnEntity {
  @PrimaryColumn({ type: 'uuid' }) turnId: string;
  @PrimaryColumn({ type: 'text' }) engine: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'timestamptz', default: () => 'now()' }) learnedAt: Date;
}
