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
      for (const next of rows) {
        if (!(await doNext(next, row, stores.outbox, work))) return false;
      }
      if (rows.length < BATCH) return true;
      if (!(await stores.drains.renew(userId, kind, holder, LEASE_SECONDS))) return false;
    }
  } finally {
    await stores.drains.release(userId, kind, holder);
  }
}

async function doNext(
  next: OutboxRow,
  own: OutboxRow,
  outbox: OutboxRepository,
  work: (row: OutboxRow) => Promise<void>,
): Promise<boolean> {
  try {
    await work(next);
  } catch (error) {
    if (next.id === own.id) throw error;
    return false;
  }
  await outbox.close(next.id);
  return true;
}
