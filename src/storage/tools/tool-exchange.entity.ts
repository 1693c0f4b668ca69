import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { ToolExchange } from '../../core/domain/chat.js';
import { UserEntity } from '../users/user.entity.js';

/** What a turn that is not stored did with this server's tools before it handed calls back to the caller. */
@Entity('tool_exchanges')
@Index('tool_exchanges_expires_at_idx', ['expiresAt'])
export class ToolExchangeEntity {
  @PrimaryColumn({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  /** A hash of the calls that the caller has been asked to run, and of the question before them. */
  @PrimaryColumn({ type: 'text' }) key: string;
  @Column({ type: 'jsonb' }) exchange: ToolExchange;
  @Column({ type: 'timestamptz' }) expiresAt: Date;
}
