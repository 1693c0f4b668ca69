import { createPostgresBackend, Queue, type QueueOptions, setDefaultBackendFactory, Worker } from 'bullmq';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { AbandonedWorkService } from '../../src/orchestration/jobs/abandoned-work.service.js';
import { type JobData, JobQueue } from '../../src/orchestration/jobs/job.queue.js';
import type { DatabaseConnection } from '../../src/storage/database/database.connection.js';
import { OutboxDrainRepository } from '../../src/storage/outbox/outbox-drain.repository.js';
import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const kind = 'memory.add';
const NAME = 'abandoned';
let test: TestDatabase;
let outbox: OutboxRepository;
let drains: OutboxDrainRepository;
let queue: Queue<JobData>;
let worker: Worker<JobData> | undefined;
let rowId: string;
let userId: string;

const options = (): QueueOptions => {
  const connection = { ...test.poolConfig, max: 2, schema: 'bullmq', migrate: true };
  return { connection };
};
const own = async () => (await outbox.takeDue(1000, 30)).filter(({ id }) => id === rowId);

beforeAll(async () => {
  setDefaultBackendFactory(createPostgresBackend);
  test = await testDatabase();
  outbox = new OutboxRepository(test.database);
  drains = new OutboxDrainRepository(test.database);
});
beforeEach(async () => {
  queue = new Queue(NAME, options());
  userId = await storedUser(test.database);
  rowId = newId();
  await test.dataSource.query('INSERT INTO outbox (id, kind, user_id, turn_id) VALUES ($1, $2, $3, $4)', [
    rowId,
    kind,
    userId,
    newId(),
  ]);
});
afterEach(async () => {
  await worker?.close(true);
  await queue.obliterate({ force: true });
  await queue.close();
});

/** As it is in the moment in which a process dies that is at the row. */
async function takenUp(): Promise<void> {
  await new JobQueue(queue).add((await own()).map((row) => [row]));
  const begun = new Promise<void>((resolve) => {
    worker = new Worker<JobData>(
      NAME,
      async () => {
        resolve();
        await new Promise(() => undefined);
      },
      options(),
    );
  });
  await begun;
  expect((await drains.lease([userId], kind, 15)).userIds).toEqual([userId]);
}

const start = (isEmbedded: boolean) =>
  new AbandonedWorkService({ isEmbedded } as DatabaseConnection, new JobQueue(queue), drains).onModuleInit();

describe('what a process was at that is dead', () => {
  it('is taken up at once, where the database belongs to one process', async () => {
    await takenUp();
    await start(true);
    expect(await queue.getJobCounts('waiting', 'active', 'delayed')).toEqual({
      waiting: 0,
      active: 0,
      delayed: 0,
    });
    expect(await queue.isPaused()).toBe(false);
    expect(await own()).toHaveLength(1);
    expect((await drains.lease([userId], kind, 15)).userIds).toEqual([userId]);
  });

  it('is left alone, where others may be at it', async () => {
    await takenUp();
    await start(false);
    expect(await queue.getJobCounts('active')).toEqual({ active: 1 });
    expect(await own()).toEqual([]);
    expect((await drains.lease([userId], kind, 15)).userIds).toEqual([]);
  });
});
