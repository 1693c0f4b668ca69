import { Column, Entity, Index, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** The one export of a user's data that there is at a time. */
@Entity('account_exports')
@Index('account_exports_expires_at_idx', ['expiresAt'])
export class AccountExportEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @OneToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz' }) expiresAt: Date;
  /** Null while it is being made. */
  @Column({ type: 'timestamptz', nullable: true }) readyAt: Date | null;
  @Column({ type: 'integer', default: 0 }) parts: number;
  /** Compressed. */
  @Column({ type: 'bigint', default: 0 }) bytes: string;
}
