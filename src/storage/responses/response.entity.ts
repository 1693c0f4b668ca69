import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { ChatMessage } from '../../core/domain/chat.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { UserEntity } from '../users/user.entity.js';

/** An answer of the Responses API. What was said is in its session's messages; this is how it was told. */
@Entity('responses')
@Index('responses_session_id_idx', ['sessionId'])
@Index('responses_user_id_idx', ['userId'])
export class ResponseEntity {
  /** The turn's. */
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'uuid' }) sessionId: string;
  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'session_id' }) session?: SessionEntity;
  /** The place of its last message in the session: what follows it goes on from there. */
  @Column({ type: 'bigint' }) seq: string;
  /** The session was made for it and what follows it; a caller who names a conversation keeps that. */
  @Column({ type: 'boolean' }) makesSession: boolean;
  /** System messages of its input and of all before it, which hold for what follows it. */
  @Column({ type: 'jsonb', default: () => `'[]'` }) system: ChatMessage[];
  @Column({ type: 'jsonb' }) input: object[];
  @Column({ type: 'jsonb' }) body: Record<string, unknown>;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
}
