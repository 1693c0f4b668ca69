import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Events that are durable and wait for their place in the chain. */
@Entity('audit_inbox')
export class AuditInboxEntity {
  /** Version 7: by time, which is the order they are chained in. */
  @PrimaryColumn({ type: 'uuid' }) id: string;
  @Column({ type: 'text' }) action: string;
  @Column({ type: 'text' }) level: string;
  @Column({ type: 'text', nullable: true }) actorId: string | null;
  @Column({ type: 'text', nullable: true }) subject: string | null;
  @Column({ type: 'text', nullable: true }) requestId: string | null;
  @Column({ type: 'text' }) outcome: string;
  @Column({ type: 'jsonb' }) details: Record<string, unknown>;
  @Column({ type: 'timestamptz' }) createdAt: Date;
  /** Which HMAC key made the tag. */
  @Column({ type: 'text' }) keyId: string;
  /** HMAC of all columns above. */
  @Column({ type: 'bytea' }) tag: Buffer;
  /** Why it is not chained: `key` (unknown), `tag` (not its own). Null where nothing is wrong. */
  @Column({ type: 'text', nullable: true }) refused: string | null;
}
