import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** Since when an engine may learn from a user's turns: what was said before was forgotten on the user's wish. */
@Entity('learning_horizons')
export class LearningHorizonEntity {
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @PrimaryColumn({ type: 'text' }) engine: string;
  @Column({ type: 'timestamptz' }) forgottenUntil: Date;
}
