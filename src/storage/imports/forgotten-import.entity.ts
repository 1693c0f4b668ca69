import { Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** A session or message that came by import, was deleted here and is gone: bringing it again leaves it out. */
@Entity('forgotten_imports')
export class ForgottenImportEntity {
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  /** The session's or message's. */
  @PrimaryColumn({ type: 'uuid' }) id: string;
}
