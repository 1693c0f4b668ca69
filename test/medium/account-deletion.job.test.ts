import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CozyConfig } from '../../src/core/config/cozy-config.js';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { CogneeKnowledgeEngine } from '../../src/engines/knowledge/cognee/cognee-knowledge.engine.js';
import { Mem0MemoryEngine } from '../../src/engines/memory/mem0/mem0-memory.engine.js';
import { MemobaseProfileEngine } from '../../src/engines/profile/memobase/memobase-profile.engine.js';
import { memobaseUserId } from '../../src/engines/profile/memobase/memobase-user.js';
import { AccountDeletionJob } from '../../src/orchestration/accounts/account-deletion.job.js';
import { AccountDeletionRepository } from '../../src/storage/accounts/account-deletion.repository.js';
import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';
import { turnOf } from '../factories/turn.js';
import { CogneeSimulator } from '../fakes/cognee-simulator.js';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { MemobaseSimulator } from '../fakes/memobase-simulator.js';
import { auditService } from '../setup/audit.js';
import { personalEngines } from '../setup/personal-engines.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const TIMES = { timeoutMs: 20_000, writeTimeoutMs: 20_000 };
const signal = new AbortController().signal;

let test: TestDatabase;
let deletions: AccountDeletionRepository;
let outbox: OutboxRepository;
let userId: string;
let promise: string;
const services = { mem0: new Mem0Simulator(), memobase: new MemobaseSimulator(), cognee: new CogneeSimulator() };
let engines: { memory: Mem0MemoryEngine; profile: MemobaseProfileEngine; knowledge: CogneeKnowledgeEngine };

beforeAll(async () => {
  test = await testDatabase();
  deletions = new AccountDeletionRepository(test.database);
  outbox = new OutboxRepository(test.database);
  await Promise.all(Object.values(services).map((service) => service.listen()));
  const { mem0, memobase, cognee } = services;
  engines = {
    memory: new Mem0MemoryEngine({ baseUrl: mem0.url, hosted: false, idKey: 'k', ...TIMES }),
    profile: new MemobaseProfileEngine({ baseUrl: memobase.url, apiKey: 'memobase-key', ...TIMES }),
    knowledge: new CogneeKnowledgeEngine({ baseUrl: cognee.url, ...TIMES }),
  };
});
afterAll(async () => {
  await Promise.all(Object.values(engines).map((engine) => engine.close()));
  await Promise.all(Object.values(services).map((service) => service.close()));
});
afterEach(() => Object.values(services).forEach((service) => service.reset()));

beforeEach(async () => {
  userId = await storedUser(test.database);
  promise = newId();
  await engines.memory.addAll([turnOf('I drink tea', { userId })], signal);
  await engines.profile.updateAll([turnOf('I am a baker', { userId })], signal);
  const dataset = { ownerId: userId, name: 'notes' };
  await engines.knowledge.add(
    {
      id: newId(),
      uploaderId: userId,
      dataset,
      title: 'Notes',
      contentType: 'text/plain',
      metadata: {},
      body: Buffer.from('Some words'),
    },
    signal,
  );
  await deletions.request(userId, promise);
});

function jobOf(which: Partial<typeof engines> = engines): AccountDeletionJob {
  const { security } = new CozyConfig();
  const own = personalEngines(test.database, which);
  return new AccountDeletionJob(deletions, own, auditService(test.database), security, new Logger('silent'));
}

async function runJob(job = jobOf()): Promise<boolean | undefined> {
  const [row] = await outbox.findOpen([promise]);
  return row && job.run(row);
}

const age = (interval: string) =>
  test.dataSource.query(`UPDATE outbox SET created_at = now() - $2::interval WHERE id = $1`, [promise, interval]);
const promiseNow = async () =>
  (await test.dataSource.query(
    `SELECT attempts, dead_at IS NOT NULL AS dead, last_error_code AS code, extract(epoch FROM available_at - now())::int AS wait
     FROM outbox WHERE id = $1`,
    [promise],
  )) as { attempts: number; dead: boolean; code: string | null; wait: number }[];
const recorded = async () =>
  (await test.dataSource.query(
    `SELECT outcome, details FROM audit_inbox WHERE subject = $1 AND action = 'user.delete' ORDER BY created_at`,
    [userId],
  )) as { outcome: string; details: Record<string, unknown> }[];
const known = () => ({
  mem0: services.mem0.stored.some(({ user_id: owner }) => owner === userId),
  memobase: services.memobase.people.has(memobaseUserId(userId)),
  cognee: services.cognee.added.size > 0,
});

describe('the deletion of an account at the services that remember for it', () => {
  it('reaches all of them, and once more when what was on its way has arrived', async () => {
    expect(known()).toEqual({ mem0: true, memobase: true, cognee: true });
    expect(await runJob()).toBe(false);
    expect(known()).toEqual({ mem0: false, memobase: false, cognee: false });
    expect(await new UserRepository(test.database).find(userId)).toBeUndefined();
    expect(await promiseNow()).toMatchObject([{ attempts: 0, code: null, dead: false }]);

    await engines.memory.addAll([turnOf('I was on my way', { userId })], signal);
    await age('11 minutes');
    expect(await runJob()).toBe(true);
    expect(known()).toEqual({ mem0: false, memobase: false, cognee: false });
    expect(await promiseNow()).toEqual([]);
    expect(await recorded()).toMatchObject([
      {
        outcome: 'success',
        details: {
          stage: 'done',
          engines: [
            { kind: 'memory', provider: 'mem0', outcome: 'done' },
            { kind: 'profile', provider: 'memobase', outcome: 'done' },
            { kind: 'knowledge', provider: 'cognee', outcome: 'done' },
          ],
        },
      },
    ]);
  });

  it('does not wait for one that is away with the rows here, and asks it again later and later', async () => {
    services.mem0.fail({ kind: 'status', status: 503 });
    expect(await runJob()).toBe(false);
    expect(known()).toEqual({ mem0: true, memobase: false, cognee: false });
    expect(await new UserRepository(test.database).find(userId)).toBeUndefined();
    const [first] = await promiseNow();
    expect(first).toMatchObject({ attempts: 1, code: 'ENGINE_UNAVAILABLE', dead: false });
    await runJob();
    await runJob();
    const [third] = await promiseNow();
    expect(third).toMatchObject({ attempts: 3, dead: false });
    expect(third?.wait).toBeGreaterThan((first?.wait ?? 0) * 2);
    services.mem0.reset();
    await age('3 days');
    expect(await runJob()).toBe(true);
    expect(known().mem0).toBe(false);
  });

  it('is a dead letter after a week, which an admin has tried again', async () => {
    services.mem0.fail({ kind: 'status', status: 503 });
    await age('8 days');
    expect(await runJob()).toBe(false);
    expect(await promiseNow()).toMatchObject([{ dead: true, code: 'ENGINE_UNAVAILABLE' }]);
    expect(await outbox.listDead(100, null)).toContainEqual(expect.objectContaining({ id: promise, userId }));
    expect((await recorded()).map(({ outcome }) => outcome)).toEqual(['failure']);
    services.mem0.reset();
    await outbox.revive(promise);
    expect(await runJob()).toBe(true);
    expect(known().mem0).toBe(false);
  });

  it('is done at once where everything is kept here', async () => {
    expect(await runJob(jobOf({}))).toBe(true);
    expect(await promiseNow()).toEqual([]);
    expect(await recorded()).toMatchObject([{ outcome: 'success', details: { stage: 'done', engines: [] } }]);
  });
});
