import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Signed notes of how far the chain had come; each is written to the log and to a file as well. */
@Entity('audit_checkpoints')
export class AuditCheckpointEntity {
  @PrimaryColumn({ type: 'bigint' }) seq: string;
  @Column({ type: 'bytea' }) hash: Buffer;
  @Column({ type: 'timestamptz' }) createdAt: Date;
  @Column({ type: 'text' }) keyId: string;
  @Column({ type: 'bytea' }) signature: Buffer;
}
