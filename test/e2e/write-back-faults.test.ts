import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { configFolder } from '../setup/config-folder.js';
import { OwnRedis } from '../setup/own-redis.js';
import { numbersIn, type Remembered, rememberedHere, Talkers } from '../setup/talkers.js';
import { onServices } from '../setup/test-lane.js';
import { startTestServer, type TestServer, testStores } from '../setup/test-server.js';

const TALKERS = 5;
/** For a run by hand with more of it. */
const EACH = Number(process.env['TURNS_EACH'] ?? 20);
const AFTER_ALL = { timeout: 90_000, interval: 250 };

let stores: Awaited<ReturnType<typeof testStores>>;
let servers: TestServer[];
/** The server that people talk to. */
let url: string;

const begin = (count = TALKERS) => Talkers.begin(count, () => url);

async function start(role: string, env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer({
    from: stores,
    env: {
      ROLE: role,
      RATE_LIMIT_IP_PER_MINUTE: '1000000',
      RATE_LIMIT_USER_PER_MINUTE: '1000000',
      SHUTDOWN_GRACE_MS: '500',
      CONFIG_DIR: configFolder({
        'engines.development.yaml': { ai: { provider: 'demo', demo: { token_delay_ms: 0 } } },
      }),
      ...env,
    },
  });
  servers.push(server);
  if (role !== 'worker') ({ url } = server);
  return server;
}

/** Of every turn that was answered, once and in order. Of one that was cut off what it told may be remembered too. */
async function expectAllRemembered(talkers: Talkers): Promise<void> {
  await expect.poll(() => talkers.unremembered(rememberedHere), AFTER_ALL).toEqual([]);
  expect(await talkers.misplaced(rememberedHere)).toEqual([]);
}

/** Resolves when about a third of what is to be said has been said. */
async function partOfIt(talkers: Talkers): Promise<void> {
  const enough = talkers.turns + (TALKERS * EACH) / 3;
  await expect.poll(() => talkers.turns, { timeout: 30_000 + EACH * 1000, interval: 20 }).toBeGreaterThan(enough);
}

/** While people talk, something happens. */
async function meanwhile(talking: Promise<void>, happens: () => Promise<unknown>): Promise<void> {
  const [, end] = await Promise.allSettled([happens(), talking]);
  if (end.status === 'rejected') throw end.reason;
}

beforeEach(async () => {
  stores = await testStores();
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await stores.remove();
});

describe('what people told is remembered, once and in order', { timeout: 120_000 + EACH * 6000 }, () => {
  it('where the process that serves and remembers is killed again and again', async () => {
    let server = await start('all');
    const talkers = await begin();
    for (let kill = 0; kill < 2; kill += 1) {
      await meanwhile(talkers.talk(EACH), async () => {
        await partOfIt(talkers);
        await server.stop('SIGKILL');
        server = await start('all');
      });
    }
    await talkers.talk(5);
    expect(talkers.turns).toBeGreaterThan(TALKERS * 5);
    await expectAllRemembered(talkers);
  });

  it.runIf(onServices)('where the worker is killed again and again', async () => {
    await start('api');
    let worker = await start('worker');
    const talkers = await begin();
    for (let kill = 0; kill < 3; kill += 1) {
      await meanwhile(talkers.talk(EACH), async () => {
        await partOfIt(talkers);
        await worker.stop('SIGKILL');
        worker = await start('worker');
      });
    }
    expect([talkers.turns, talkers.refusals]).toEqual([TALKERS * EACH * 3, []]);
    await expectAllRemembered(talkers);
  });

  it.runIf(onServices)('where Redis goes away and comes back empty; and everybody is answered meanwhile', async () => {
    const redis = await OwnRedis.start();
    try {
      await start('api', { REDIS_URL: redis.url });
      await start('worker', { REDIS_URL: redis.url });
      const talkers = await begin();
      await talkers.talk(10);
      await redis.stop();
      await talkers.talk(EACH);
      await redis.start();
      await talkers.talk(10);
      await redis.stop();
      await redis.start();
      await talkers.talk(5);
      expect([talkers.turns, talkers.refusals]).toEqual([TALKERS * (EACH + 25), []]);
      await expectAllRemembered(talkers);
      expect(servers.map(({ process: { exitCode } }) => exitCode)).toEqual([null, null]);
      // Bug: a server whose Redis was away could not be stopped.
      await redis.stop();
      expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0]);
    } finally {
      await redis.stop();
    }
  });

  it.runIf(onServices)('where Postgres ends all connections', async () => {
    await start('api');
    await start('worker');
    const talkers = await begin();
    const client = new Client({ connectionString: stores.database?.url });
    await client.connect();
    try {
      for (let cut = 0; cut < 3; cut += 1) {
        await meanwhile(talkers.talk(EACH), async () => {
          await partOfIt(talkers);
          await client.query(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
          );
        });
      }
    } finally {
      await client.end();
    }
    expect(talkers.turns).toBeGreaterThan(TALKERS * EACH * 2);
    await talkers.talk(2);
    await expectAllRemembered(talkers);
    expect(servers.map(({ process: { exitCode } }) => exitCode)).toEqual([null, null]);
  });
});

describe('what people told reaches a remote engine', { timeout: 120_000 + EACH * 6000 }, () => {
  it('once at least, marked with its turn, where the process is killed', async () => {
    const mem0 = await new Mem0Simulator().listen();
    try {
      const env = { MEM0_API_URL: mem0.url };
      let server = await start('all', env);
      const talkers = await begin(3);
      await meanwhile(talkers.talk(15), async () => {
        await expect.poll(() => mem0.stored.length, { timeout: 30_000, interval: 20 }).toBeGreaterThan(10);
        await server.stop('SIGKILL');
        server = await start('all', env);
      });
      const told = async ({ id }: { id: string }) =>
        numbersIn(mem0.stored.filter((memory) => memory.user_id === id).map(({ memory }) => memory));
      await expect.poll(() => talkers.unremembered(told), AFTER_ALL).toEqual([]);
      const firstTold: Remembered = async (account) => [...new Set(await told(account))];
      expect(await talkers.misplaced(firstTold)).toEqual([]);
      const marks = new Map<string, Set<unknown>>();
      for (const { memory, user_id: of, metadata } of mem0.stored) {
        const { cozy_turn_id: turnId } = metadata as Record<string, unknown>;
        expect(turnId).toEqual(expect.any(String));
        marks.set(`${of} ${memory}`, (marks.get(`${of} ${memory}`) ?? new Set()).add(turnId));
      }
      // What came twice bears the same mark both times; what was said in a turn that was cut off comes with the next one.
      const several = [...marks.values()].filter(({ size }) => size > 1);
      expect(several).toEqual([]);
    } finally {
      await mem0.close();
    }
  });
});
