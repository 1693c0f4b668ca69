import { afterAll, beforeAll, expect, it } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import type { JobQueue } from '../../src/orchestration/jobs/job.queue.js';
import { JobHandlersService } from '../../src/orchestration/jobs/job-handlers.service.js';
import type { OutboxBellService } from '../../src/orchestration/jobs/outbox-bell.service.js';
import { OutboxRelayService } from '../../src/orchestration/jobs/outbox-relay.service.js';
import { OutboxRepository, type OutboxRow } from '../../src/storage/outbox/outbox.repository.js';
import { emptyDatabase, storedUser, type TestDatabase } from '../setup/test-database.js';

/** A database of its own: the relay takes whatever is due, whoever it belongs to. */
let test: TestDatabase;
let relay: OutboxRelayService | undefined;

beforeAll(async () => {
  test = await emptyDatabase();
  await test.dataSource.runMigrations();
});
afterAll(async () => {
  await relay?.onModuleDestroy();
  await test.remove();
});

async function promise(kind: string): Promise<void> {
  await test.dataSource.query('INSERT INTO outbox (id, kind, user_id, turn_id) VALUES ($1, $2, $3, $4)', [
    newId(),
    kind,
    await storedUser(test.database),
    newId(),
  ]);
}

it('hands over what asks nobody although older work for a slow provider leaves little room', async () => {
  for (let row = 0; row < 3; row++) await promise('memory.refine');
  await promise('memory.add');
  const handler = { kinds: ['memory.add'], mixesUsers: () => true, drain: () => Promise.resolve() };
  let ring: () => void = () => undefined;
  const handedOver = new Promise<string[]>((resolve) => {
    const queue = {
      room: () => Promise.resolve({ first: 10, others: 2 }),
      add: async (batches: OutboxRow[][]) => resolve(batches.flat().map(({ kind }) => kind)),
    } as unknown as JobQueue;
    const bell = { listen: (listener: () => void) => (ring = listener) } as unknown as OutboxBellService;
    const handlers = new JobHandlersService([handler]);
    relay = new OutboxRelayService(new OutboxRepository(test.database), queue, handlers, bell, new Logger('silent'));
    relay.onApplicationBootstrap();
    ring();
  });
  expect((await handedOver).toSorted()).toEqual(['memory.add', 'memory.refine', 'memory.refine']);
});
