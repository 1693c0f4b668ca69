import { createPostgresBackend, Queue, type QueueOptions, setDefaultBackendFactory, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { type JobData, JobQueue } from '../../src/orchestration/jobs/job.queue.js';
import type { OutboxRow } from '../../src/storage/outbox/outbox.repository.js';
import { type TestDatabase, testDatabase } from '../setup/test-database.js';
import { emptyRedisUrl, giveBackRedis, onServices } from '../setup/test-lane.js';

// On Redis in the services lane, as a server with a Redis has it, else on Postgres.

const NAME = 'first-and-others';
let test: TestDatabase;
let redisUrl: string | undefined;
let redis: Redis | undefined;
let queue: Queue<JobData>;
let worker: Worker<JobData> | undefined;

function options(): QueueOptions {
  if (redis) return { connection: redis };
  return { connection: { ...test.poolConfig, max: 2, schema: 'bullmq', migrate: true } };
}

beforeAll(async () => {
  redisUrl = onServices ? await emptyRedisUrl() : undefined;
  if (redisUrl) redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  // For the process: other files in it may have wished for another one. Without a factory it is Redis.
  setDefaultBackendFactory(redis ? undefined : createPostgresBackend);
  test = await testDatabase();
});
beforeEach(() => {
  queue = new Queue(NAME, options());
});
afterEach(async () => {
  await worker?.close(true);
  await queue.obliterate({ force: true });
  await queue.close();
});
afterAll(async () => {
  await redis?.quit();
  giveBackRedis(redisUrl);
});

const rowsOf = (kind: string, count: number): OutboxRow[][] =>
  Array.from({ length: count }, () => [
    { id: newId(), kind, userId: newId(), sessionId: null, turnId: newId(), attempts: 0, traceparent: null },
  ]);

describe('work that asks nobody outside', () => {
  it('is done before what was there earlier and waits for others', async () => {
    await new JobQueue(queue).add(rowsOf('memory.refine', 3), ['memory.add']);
    await new JobQueue(queue).add(rowsOf('memory.add', 2), ['memory.add']);
    const done: string[] = [];
    await new Promise<void>((resolve) => {
      worker = new Worker<JobData>(
        NAME,
        async ({ name }) => {
          if (done.push(name) === 5) resolve();
        },
        options(),
      );
    });
    expect(done).toEqual(['memory.add', 'memory.add', 'memory.refine', 'memory.refine', 'memory.refine']);
  });

  it('has room of its own', async () => {
    const jobs = new JobQueue(queue);
    const empty = await jobs.room();
    await jobs.add(rowsOf('memory.refine', 3), ['memory.add']);
    await jobs.add(rowsOf('memory.add', 2), ['memory.add']);
    expect(await jobs.room()).toEqual({ first: empty.first - 2, others: empty.others - 3 });
  });
});
