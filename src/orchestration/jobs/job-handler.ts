import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';

/** Does some kinds of outbox rows. */
export type JobHandler = RowHandler | DrainHandler;

/** Does each row by itself. */
export interface RowHandler {
  readonly kinds: readonly string[];
  /**
   * Does the row's work. True when it is done; false when somebody else is at it, and it stays open. What it throws is
   * tried again.
   */
  run(row: OutboxRow): Promise<boolean>;
}

/** Does all open rows of a user and kind, once it has been given one of them. */
export interface DrainHandler {
  readonly kinds: readonly string[];
  /** Whether rows of several users are best done together. */
  mixesUsers(kind: string): boolean;
  /** Rows of one kind: of several users where it mixes them, else of one. Closes them, and notes what failed. */
  drain(rows: readonly OutboxRow[]): Promise<void>;
}
