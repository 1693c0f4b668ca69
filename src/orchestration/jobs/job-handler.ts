import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';

/** Does one kind of outbox row. */
export interface JobHandler {
  readonly kinds: readonly string[];
  /** Whether one row's job does all open rows of its user and kind; else each row needs a job of its own. */
  readonly drainsUser?: boolean;
  /**
   * Does the row's work. True when it is done; false when somebody else is at it, and it stays open. What it throws is
   * tried again.
   */
  run(row: OutboxRow): Promise<boolean>;
}
