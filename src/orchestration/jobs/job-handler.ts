import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';

/** Does one kind of outbox row. */
export interface JobHandler {
  readonly kinds: readonly string[];
  /**
   * Does the row's work. True when it is done; false when somebody else is at it, and it stays open. What it throws is
   * tried again.
   */
  run(row: OutboxRow): Promise<boolean>;
}
