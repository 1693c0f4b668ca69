import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';

/**
 * The rows that get a job. Where one job does all of a user's open rows of a kind, the oldest one stands for them; rows
 * of other kinds are each for themselves.
 */
export function jobRows(rows: readonly OutboxRow[], drainsUser: (kind: string) => boolean): OutboxRow[] {
  const keyOf = ({ id, kind, userId }: OutboxRow) => (drainsUser(kind) ? `${userId} ${kind}` : id);
  const youngestFirst = rows.toSorted((one, other) => (one.id < other.id ? 1 : -1));
  return [...new Map(youngestFirst.map((row) => [keyOf(row), row])).values()].toReversed();
}
