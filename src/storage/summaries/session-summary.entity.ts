import { Check, Column, Entity, Index, JoinColumn, ManyToOne, OneToOne, PrimaryColumn } from 'typeorm';
import { SessionEntity } from '../sessions/session.entity.js';
import { UserEntity } from '../users/user.entity.js';

/** What the older messages of a long session say, in few words. One a session; gone with it. */
@Entity('session_summaries')
@Check('session_summaries_covers_to_check', 'covers_to > 0')
@Index('session_summaries_user_id_idx', ['userId'])
export class SessionSummaryEntity {
  @PrimaryColumn({ type: 'uuid' }) sessionId: string;
  @OneToOne(() => SessionEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'session_id' }) session?: SessionEntity;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  /** The `seq` of the last message that it covers; all before it are covered too. */
  @Column({ type: 'bigint' }) coversTo: string;
  @Column({ type: 'text' }) text: string;
  @Column({ type: 'integer' }) tokens: number;
  /** Who made it, as `provider/model`; null where it is excerpts chosen by rules. */
  @Column({ type: 'text', nullable: true }) model: string | null;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', default: () => 'now()' }) updatedAt: Date;
}
