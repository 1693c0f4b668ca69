import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** Something that a user had an engine forget: a hash that cannot be turned back into it. */
@Entity('forgotten_items')
@Index('forgotten_items_forgotten_at_idx', ['forgottenAt'])
export class ForgottenItemEntity {
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @PrimaryColumn({ type: 'text' }) engine: string;
  @PrimaryColumn({ type: 'bytea' }) mark: Buffer;
  /** What was said until then does not bring it back; saying it again does. */
  @Column({ type: 'timestamptz' }) forgottenAt: Date;
}
