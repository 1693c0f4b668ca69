import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Append-only; signed columns have no foreign keys, so that deleting a user never breaks the chain. */
@Entity('audit_events')
@Index('audit_events_actor_id_idx', ['actorId'])
@Index('audit_events_action_idx', ['action'])
export class AuditEventEntity {
  /** Gapless position in the chain. */
  @PrimaryColumn({ type: 'bigint' }) seq: string;
  @Column({ type: 'text' }) action: string;
  @Column({ type: 'text', default: 'info' }) level: string;
  @Column({ type: 'text', nullable: true }) actorId: string | null;
  @Column({ type: 'text', nullable: true }) subject: string | null;
  @Column({ type: 'text', nullable: true }) requestId: string | null;
  @Column({ type: 'text', nullable: true }) outcome: string | null;
  @Column({ type: 'jsonb', default: () => `'{}'` }) details: Record<string, unknown>;
  @Column({ type: 'timestamptz' }) createdAt: Date;
  /** Which HMAC key signed this row. */
  @Column({ type: 'text' }) keyId: string;
  @Column({ type: 'bytea' }) previousHash: Buffer;
  @Column({ type: 'bytea' }) signature: Buffer;
}
