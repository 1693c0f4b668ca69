import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** Where the chain ends and where it begins: one signed row, locked by whoever appends. */
@Entity('audit_head')
@Check('audit_head_singleton_check', 'singleton = 1')
export class AuditHeadEntity {
  @PrimaryColumn({ type: 'smallint' }) singleton: number;
  @Column({ type: 'bigint' }) seq: string;
  @Column({ type: 'bytea' }) hash: Buffer;
  /** The last row that retention removed; 0 where none was. */
  @Column({ type: 'bigint' }) baseSeq: string;
  @Column({ type: 'bytea' }) baseHash: Buffer;
  @Column({ type: 'text' }) keyId: string;
  @Column({ type: 'bytea' }) signature: Buffer;
}
