import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';

/** Work that a turn promised, written in the turn's own statement; ids only. */
@Entity('outbox')
@Unique(['turnId', 'kind'])
@Index('outbox_due_idx', ['availableAt'], {
  where: 'done_at IS NULL AND dead_at IS NULL AND available_at IS NOT NULL',
})
@Index('outbox_user_id_idx', ['userId'])
@Index('outbox_user_id_kind_open_idx', ['userId', 'kind', 'id'], { where: 'done_at IS NULL AND dead_at IS NULL' })
@Index('outbox_dead_idx', ['id'], { where: 'dead_at IS NOT NULL' })
export class OutboxEntity {
  @PrimaryColumn({ type: 'uuid' }) id: string;
  /** What is to be done, e.g. `session.title`. */
  @Column({ type: 'text' }) kind: string;
  /** No foreign key: the deletion of an account is itself promised here, and outlives the account. */
  @Column({ type: 'uuid' }) userId: string;
  @Column({ type: 'uuid', nullable: true }) sessionId: string | null;
  @Column({ type: 'uuid' }) turnId: string;
  /** Of the span that promised it, for what is done to be linked to. */
  @Column({ type: 'text', nullable: true }) traceparent: string | null;
  @Column({ type: 'integer', default: 0 }) attempts: number;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  /** Not handed to the queue before this; pushed back with every hand-over, so that a lost job is handed over again. */
  @Column({ type: 'timestamptz', default: () => 'now()' }) availableAt: Date;
  /** Not to be done before this: what waits for more to come, or for another attempt. */
  @Column({ type: 'timestamptz', default: () => 'now()' }) dueAt: Date;
  @Column({ type: 'timestamptz', nullable: true }) doneAt: Date | null;
  /** Given up after the last attempt. */
  @Column({ type: 'timestamptz', nullable: true }) deadAt: Date | null;
  @Column({ type: 'text', nullable: true }) lastErrorCode: string | null;
}
