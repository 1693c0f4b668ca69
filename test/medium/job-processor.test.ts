import type { Job } from 'bullmq';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import type { JobMetrics } from '../../src/core/metrics/job-metrics.js';
import { newId } from '../../src/core/util/ids.js';
import { JobHandlersService } from '../../src/orchestration/jobs/job-handlers.service.js';
import { JobProcessor } from '../../src/orchestration/jobs/job.processor.js';
import type { JobData } from '../../src/orchestration/jobs/job.queue.js';
import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const kind = 'memory.add.mem0';
let test: TestDatabase;
let outbox: OutboxRepository;

beforeAll(async () => {
  test = await testDatabase();
  outbox = new OutboxRepository(test.database);
});

async function promised(attempts: number): Promise<string> {
  const id = newId();
  await test.dataSource.query('INSERT INTO outbox (id, kind, user_id, turn_id, attempts) VALUES ($1, $2, $3, $4, $5)', [
    id,
    kind,
    await storedUser(test.database),
    newId(),
    attempts,
  ]);
  return id;
}

function stage(handlers: ConstructorParameters<typeof JobHandlersService>[0] = []) {
  const metrics = { failed: vi.fn<JobMetrics['failed']>(), done: vi.fn<JobMetrics['done']>() };
  const processor = new JobProcessor(
    outbox,
    new JobHandlersService(handlers),
    metrics as unknown as JobMetrics,
    new Logger('silent'),
  );
  const jobOf = (outboxId: string) =>
    ({ name: kind, attemptsMade: 1, data: { outboxIds: [outboxId] } }) as Job<JobData>;
  return {
    metrics,
    process: (outboxId: string) => processor.process(jobOf(outboxId)),
    fail: (outboxId: string) => processor.onFailed(jobOf(outboxId), new Error('deadlock detected')),
  };
}

const rowOf = async (id: string) => {
  const [row] = await test.dataSource.query<Record<string, unknown>[]>(
    `SELECT attempts, last_error_code AS code, due_at > now() AS waits, dead_at IS NOT NULL AS dead,
       done_at IS NOT NULL AS done FROM outbox WHERE id = $1`,
    [id],
  );
  return row;
};

describe('work for an engine that is not set up any more', () => {
  it('waits as for one that is away, and says why', async () => {
    const id = await promised(0);
    const { metrics, process } = stage();
    await process(id);
    expect(await rowOf(id)).toEqual({
      attempts: 1,
      code: 'ENGINE_NOT_CONFIGURED',
      waits: true,
      dead: false,
      done: false,
    });
    expect(metrics.failed.mock.calls).toEqual([[kind, false]]);
  });

  it('is done when the engine is set up again', async () => {
    const id = await promised(7);
    await stage([{ kinds: [kind], run: async () => true }]).process(id);
    expect(await rowOf(id)).toMatchObject({ dead: false, done: true });
  });

  it('is a dead letter in the end, for an admin to see and to replay', async () => {
    const id = await promised(31);
    const { metrics, process } = stage();
    await process(id);
    expect(await rowOf(id)).toMatchObject({ attempts: 32, dead: true });
    expect(metrics.failed.mock.calls).toEqual([[kind, true]]);
    const [letter] = (await outbox.listDead(100, null)).filter((dead) => dead.id === id);
    expect(letter).toMatchObject({ kind, lastErrorCode: 'ENGINE_NOT_CONFIGURED' });
    await outbox.revive(id);
    await stage([{ kinds: [kind], run: async () => true }]).process(id);
    expect(await rowOf(id)).toMatchObject({ dead: false, done: true });
  });
});

describe('a job that fails', () => {
  it('is an attempt of its row', async () => {
    const id = await promised(0);
    await stage([{ kinds: [kind], run: async () => true }]).fail(id);
    expect(await rowOf(id)).toMatchObject({ attempts: 1, waits: true, dead: false });
  });

  // Bug: where several users' rows were drained together, what failed beside them counted as a failure of all.
  it('is none of rows that are drained, of which each has been noted', async () => {
    const id = await promised(0);
    await stage([{ kinds: [kind], mixesUsers: () => true, drain: async () => undefined }]).fail(id);
    expect(await rowOf(id)).toMatchObject({ attempts: 0, waits: false, dead: false });
  });
});
