import type { OutboxDrainRepository } from '../../storage/outbox/outbox-drain.repository.js';
import type { OutboxRepository, OutboxRow } from '../../storage/outbox/outbox.repository.js';

const LEASE_SECONDS = 300;
const BATCH = 50;

/**
 * Does all open rows of the row's user and kind, oldest first, one process at a time. True when the row itself is done.
 * Where an older row fails, the drain ends: that row's own job tries it again, and the younger ones wait their turn.
 */
export async function drainUser(
  row: OutboxRow,
  stores: { drains: OutboxDrainRepository; outbox: OutboxRepository },
  work: (row: OutboxRow) => Promise<void>,
): Promise<boolean> {
  const { userId, kind } = row;
  const holder = await stores.drains.lease(userId, kind, LEASE_SECONDS);
  if (holder === undefined) return false;
  try {
    for (;;) {
      const rows = await stores.drains.open(userId, kind, BATCH);
      if (!(await doAll(rows, row, stores.outbox, work))) return false;
      if (rows.length < BATCH) return true;
      if (!(await stores.drains.renew(userId, kind, holder, LEASE_SECONDS))) return false;
    }
  } finally {
    await stores.drains.release(userId, kind, holder);
  }
}

/** False where one before the own row fails. */
async function doAll(
  rows: OutboxRow[],
  own: OutboxRow,
  outbox: OutboxRepository,
  work: (row: OutboxRow) => Promise<void>,
): Promise<boolean> {
  for (const row of rows) {
    try {
      await work(row);
    } catch (error) {
      if (row.id === own.id) throw error;
      return false;
    }
    await outbox.close(row.id);
  }
  return true;
}
