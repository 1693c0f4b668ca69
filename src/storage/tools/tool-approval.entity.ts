import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { UserEntity } from '../users/user.entity.js';

/** A tool call that waits, or waited, for somebody's yes. */
@Entity('tool_approvals')
@Index('tool_approvals_user_id_idx', ['userId'])
@Index('tool_approvals_expires_at_idx', ['expiresAt'])
export class ToolApprovalEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  /** On whose behalf the tool would run. */
  @Column({ type: 'uuid' }) userId: string;
  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' }) @JoinColumn({ name: 'user_id' }) user?: UserEntity;
  @Column({ type: 'uuid', nullable: true }) sessionId: string | null;
  @Column({ type: 'text' }) tool: string;
  /** Redacted. */
  @Column({ type: 'jsonb' }) arguments: Record<string, unknown>;
  /** Whether the user may decide, or admins only. */
  @Column({ type: 'boolean' }) byUser: boolean;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz' }) expiresAt: Date;
  @Column({ type: 'boolean', nullable: true }) approved: boolean | null;
  @Column({ type: 'uuid', nullable: true }) decidedBy: string | null;
  @Column({ type: 'timestamptz', nullable: true }) decidedAt: Date | null;
}
