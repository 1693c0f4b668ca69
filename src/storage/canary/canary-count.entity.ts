import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What one instance has seen of a canary rule within the rule's window. */
@Entity('canary_counts')
@Index('canary_counts_expires_at_idx', ['expiresAt'])
export class CanaryCountEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'canary_counts_pkey' }) feature: string;
  /** Of the rule: another one of the same name is not judged by what the one before did. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'canary_counts_pkey' }) version: string;
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'canary_counts_pkey' }) instanceId: string;
  @Column({ type: 'jsonb' }) slices: object;
  @Column({ type: 'timestamptz' }) expiresAt: Date;
}
