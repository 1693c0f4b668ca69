import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A canary rule that an admin or a rollback has written; it wins over the one of `config/canary.yaml`. */
@Entity('canary_rules')
@Check('canary_rules_rolled_back_check', '(rolled_back_at IS NULL) = (rolled_back_cause IS NULL)')
export class CanaryRuleEntity {
  @PrimaryColumn({ type: 'text' }) feature: string;
  /** Without its feature's name. */
  @Column({ type: 'jsonb' }) rule: Record<string, unknown>;
  /** Null while nothing has taken it back since it was last written. */
  @Column({ type: 'timestamptz', nullable: true }) rolledBackAt: Date | null;
  @Column({ type: 'text', nullable: true }) rolledBackCause: string | null;
  /** The admin; null where the server did it. No foreign key: a rule outlives who wrote it. */
  @Column({ type: 'uuid', nullable: true }) updatedBy: string | null;
  @Column({ type: 'timestamptz', default: () => 'now()' }) updatedAt: Date;
}
