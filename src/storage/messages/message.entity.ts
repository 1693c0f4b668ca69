import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import type { ChatRole, ContentPart, ToolCall, ToolExchange } from '../../core/domain/chat.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { UserEntity } from '../users/user.entity.js';

@Entity('messages')
@Unique(['sessionId', 'seq'])
@Index('messages_user_id_id_idx', ['userId', 'id'])
@Index('messages_deleted_at_idx', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
@Check('messages_role_check', `role IN ('system', 'developer', 'user', 'assistant', 'tool')`)
@Check('messages_seq_check', 'seq > 0')
export class MessageEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'uuid' }) sessionId: string;
  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'session_id' }) session?: SessionEntity;
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  /** The order within the session; never the time. */
  @Column({ type: 'bigint' }) seq: string;
  /** What was said and its answer share one. */
  @Column({ type: 'uuid', nullable: true }) turnId: string | null;
  @Column({ type: 'text' }) role: ChatRole;
  /** The text; null where an assistant message holds tool calls only. */
  @Column({ type: 'text', nullable: true }) content: string | null;
  /** The whole of a multimodal content; `content` then holds its text. */
  @Column({ type: 'jsonb', nullable: true }) parts: ContentPart[] | null;
  @Column({ type: 'jsonb', nullable: true }) toolCalls: ToolCall[] | null;
  @Column({ type: 'text', nullable: true }) toolCallId: string | null;
  @Column({ type: 'text', nullable: true }) name: string | null;
  /** Of an answer: what passed between the model and this server's tools before it. */
  @Column({ type: 'jsonb', nullable: true }) exchange: ToolExchange | null;
  @Column({ type: 'jsonb', default: () => `'{}'` }) metadata: Record<string, unknown>;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', nullable: true }) deletedAt: Date | null;
}
