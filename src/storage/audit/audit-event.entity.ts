import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/**
 * The audit chain. Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. Signed columns have no foreign keys, so that
 * deleting a user never breaks the chain.
 */
@Entity('audit_events')
@Unique(['id'])
@Index('audit_events_actor_id_seq_idx', ['actorId', 'seq'])
@Index('audit_events_subject_seq_idx', ['subject', 'seq'])
@Index('audit_events_action_seq_idx', ['action', 'seq'])
@Index('audit_events_request_id_idx', ['requestId'])
export class AuditEventEntity {
  /** Gapless position in the chain. */
  @PrimaryColumn({ type: 'bigint' }) seq: string;
  /** The event's own id, by which one that was sent twice is known. */
  @Column({ type: 'uuid' }) id: string;
  @Column({ type: 'text' }) action: string;
  @Column({ type: 'text' }) level: string;
  @Column({ type: 'text', nullable: true }) actorId: string | null;
  @Column({ type: 'text', nullable: true }) subject: string | null;
  @Column({ type: 'text', nullable: true }) requestId: string | null;
  @Column({ type: 'text' }) outcome: string;
  @Column({ type: 'jsonb' }) details: Record<string, unknown>;
  @Column({ type: 'timestamptz' }) createdAt: Date;
  /** Which HMAC key signed this row. */
  @Column({ type: 'text' }) keyId: string;
  @Column({ type: 'bytea' }) previousHash: Buffer;
  @Column({ type: 'bytea' }) signature: Buffer;
}
