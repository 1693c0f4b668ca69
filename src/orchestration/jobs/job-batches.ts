import { groupedBy, inPieces } from '../../core/util/grouping.js';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';

/** What one job does of a kind: one row, all open rows of a user, or those of several users. */
export type Sharing = 'row' | 'user' | 'users';

/** Users of one job: others may begin meanwhile, and one that fails holds up so many for a moment. */
const MOST_USERS = 50;

/** The rows that get a job each, together: for all open rows of a user that one job does, the oldest stands. */
export function jobBatches(rows: readonly OutboxRow[], sharingOf: (kind: string) => Sharing): OutboxRow[][] {
  const keyOf = ({ id, kind, userId }: OutboxRow) => (sharingOf(kind) === 'row' ? id : `${userId} ${kind}`);
  const youngestFirst = rows.toSorted((one, other) => (one.id < other.id ? 1 : -1));
  const oldest = [...new Map(youngestFirst.map((row) => [keyOf(row), row])).values()].toReversed();
  return [...groupedBy(oldest, ({ kind }) => kind)].flatMap(([kind, some]) =>
    inPieces(some, sharingOf(kind) === 'users' ? MOST_USERS : 1),
  );
}
