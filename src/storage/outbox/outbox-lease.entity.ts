import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** Who is doing a user's rows of one kind: one at a time, so that they are done in order. */
@Entity('outbox_leases')
export class OutboxLeaseEntity {
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @PrimaryColumn({ type: 'text' }) kind: string;
  @Column({ type: 'uuid' }) holder: string;
  @Column({ type: 'timestamptz' }) lockedUntil: Date;
}
