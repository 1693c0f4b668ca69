import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** How often a user's memories grew and how often they changed otherwise. Triggers keep it. */
@Entity('memory_revisions')
export class MemoryRevisionEntity {
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @OneToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'bigint', default: 0 }) appended: string;
  @Column({ type: 'bigint', default: 0 }) changed: string;
}
