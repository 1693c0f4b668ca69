import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { EngineCache } from '../../src/engines/resilience/engine-cache.js';
import type { EngineQuestion } from '../../src/engines/resilience/resilience.port.js';
import { type GuardedTarget, ResilientCall } from '../../src/engines/resilience/resilient-call.js';
import { CacheRepository } from '../../src/storage/cache/cache.repository.js';
import type { Database } from '../../src/storage/database/database.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { RedisConnection } from '../../src/storage/redis/redis.connection.js';
import { guardTools } from '../setup/guards.js';
import { type TestDatabase, testDatabase } from '../setup/test-database.js';
import { emptyRedisUrl, giveBackRedis, onServices } from '../setup/test-lane.js';

const hasRedis = onServices && process.env['TEST_REDIS_URL'] !== undefined;
const silent = new Logger('silent');
const signalOf = () => new AbortController().signal;

let test: TestDatabase;
let redisUrl: string | undefined;
let client: Redis | null = null;

beforeAll(async () => {
  test = await testDatabase();
  redisUrl = hasRedis ? await emptyRedisUrl() : undefined;
  client = redisUrl ? new Redis(redisUrl, { lazyConnect: true }) : null;
  await client?.connect();
});
afterAll(async () => {
  await client?.quit();
  giveBackRedis(redisUrl);
});

/** A busy machine must not decide whether an answer is found. */
class PatientRepository extends CacheRepository {
  protected override readonly deadlineMs = 10_000;
}
class PatientCache extends EngineCache {
  protected override readonly lookUpMs = 10_000;
}

interface InstanceOptions {
  /** With the real deadlines. */
  hasty?: boolean;
  redis?: Redis | null;
  database?: Database;
  target?: Partial<GuardedTarget>;
}

/** A guard as one process of many has it. */
function instance({ hasty = false, redis = client, database = test.database, target = {} }: InstanceOptions = {}) {
  const [Repository, Cache] = hasty ? [CacheRepository, EngineCache] : [PatientRepository, PatientCache];
  const repository = new Repository(new RedisConnection(redis), database, silent);
  const tools = guardTools(new Cache(repository, silent));
  const full: GuardedTarget = {
    kind: 'memory',
    provider: 'mem0',
    configVersion: '1',
    isRemote: true,
    timeoutMs: 5000,
    changeTimeoutMs: 5000,
    ...target,
  };
  return { repository, tools, guard: new ResilientCall(full, tools) };
}

type Instance = ReturnType<typeof instance>;

/** What a remote engine knows; all instances ask the same. */
let known: { text: string; createdAt: Date }[];
let asked: number;
let question: EngineQuestion;

beforeEach(() => {
  known = [{ text: 'tea', createdAt: new Date('2026-01-02') }];
  asked = 0;
  question = { userId: newId(), sessionId: null, personalityId: null, query: 'drinks', limit: 5 };
});

const search = () => {
  asked++;
  return Promise.resolve([...known]);
};
const ask = ({ guard }: Instance, more: Partial<EngineQuestion> = {}) =>
  guard.ask({ ...question, ...more }, search, signalOf());
const forget = ({ guard }: Instance, userId = question.userId) =>
  guard.change(
    { userId },
    async () => {
      known = [];
    },
    signalOf(),
  );

describe('the cache of engine answers', () => {
  it('answers the same question again without asking, with a value that nobody can change', async () => {
    const one = instance();
    expect(await ask(one)).toMatchObject({ status: 'ok', cacheHit: false });
    const again = await ask(one);
    expect(again).toMatchObject({ status: 'ok', cacheHit: true, value: known });
    expect(Object.isFrozen(again.value)).toBe(true);
    expect(asked).toBe(1);
    expect(await one.tools.metric('cache', { kind: 'memory', outcome: 'hit' })).toBe(1);
    expect(await one.tools.metric('cache', { kind: 'memory', outcome: 'miss' })).toBe(1);
  });

  it('keeps users apart', async () => {
    const one = instance();
    await ask(one);
    expect(await ask(one, { userId: newId() })).toMatchObject({ cacheHit: false });
  });

  it('serves what was deleted on no instance, from the moment the deletion is done', async () => {
    const [one, other] = [instance(), instance()];
    await ask(one);
    await ask(other);
    await forget(one);
    for (const each of [one, other, instance()]) expect(await ask(each)).toMatchObject({ value: [] });
  });

  it('keeps no answer that was on its way during a deletion', async () => {
    const [one, other] = [instance(), instance()];
    let arrive: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = one.guard.ask(
      question,
      async () => {
        const old = [...known];
        arrive();
        await held;
        return old;
      },
      signalOf(),
    );
    await started;
    await forget(other);
    release();
    expect(await slow).toMatchObject({ value: [{ text: 'tea' }] });
    expect(await ask(one)).toMatchObject({ value: [], cacheHit: false });
    expect(await ask(other)).toMatchObject({ value: [] });
  });

  it('forgets also when the change failed, as it may have been done all the same', async () => {
    const one = instance();
    await ask(one);
    const failing = one.guard.change({ userId: question.userId }, () => Promise.reject(new Error('cut')), signalOf());
    await expect(failing).rejects.toThrow('cut');
    expect(await ask(one)).toMatchObject({ cacheHit: false });
  });

  it('leaves other users their answers, and none after a change for everybody', async () => {
    const one = instance();
    await ask(one);
    await forget(one, newId());
    expect(await ask(one)).toMatchObject({ cacheHit: true });
    await one.guard.change('everybody', () => Promise.resolve(), signalOf());
    expect(await ask(one)).toMatchObject({ cacheHit: false });
  });

  it('does not cache built-in engines', async () => {
    const one = instance({ target: { isRemote: false } });
    await ask(one);
    expect(await ask(one)).toMatchObject({ status: 'ok', cacheHit: false });
    expect(asked).toBe(2);
  });

  it('is passed over where the database is away or slow, and keeps nothing then', async () => {
    const away = { query: () => Promise.reject(new Error('away')) } as unknown as Database;
    const silentOne = { query: () => new Promise(() => undefined) } as unknown as Database;
    for (const database of [away, silentOne]) {
      const one = instance({ database, hasty: true });
      expect(await ask(one)).toMatchObject({ status: 'ok', cacheHit: false });
      expect(await ask(one)).toMatchObject({ status: 'ok', cacheHit: false });
      expect(await one.tools.metric('cache', { kind: 'memory', outcome: 'unavailable' })).toBe(2);
    }
  });

  it('lets no change begin that could not be told to all', async () => {
    const one = instance({ database: { query: () => Promise.reject(new Error('away')) } as unknown as Database });
    await expect(forget(one)).rejects.toThrow('away');
    expect(known).not.toEqual([]);
  });

  it('has its generations removed once nothing of them can be cached any more', async () => {
    const { repository } = instance();
    const [old, young] = [newId(), newId()];
    await repository.raise(old);
    await repository.raise(young);
    await test.database.query(
      'age_generation',
      `UPDATE cache_generations SET raised_at = now() - interval '25 hours' WHERE subject = $1`,
      [old],
    );
    await new ExpiryRepository(test.database).deleteExpired();
    expect(await repository.generations([old, young])).toEqual(['', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('raises to a generation that never was', async () => {
    const { repository } = instance();
    const subject = newId();
    const seen = new Set<string | undefined>(await repository.generations([subject]));
    for (let time = 0; time < 5; time++) {
      await repository.raise(subject);
      const [now] = await repository.generations([subject]);
      expect(seen.has(now)).toBe(false);
      seen.add(now);
    }
  });
});

describe.runIf(hasRedis)('the cache of engine answers, with Redis', () => {
  it('is shared by all instances', async () => {
    const [one, other] = [instance(), instance()];
    const first = await ask(one);
    await vi.waitFor(async () => expect(await ask(other)).toMatchObject({ cacheHit: true }));
    expect(await ask(other)).toMatchObject({ value: first.value });
    await forget(other);
    expect(await ask(one)).toMatchObject({ value: [], cacheHit: false });
  });

  it('serves nothing deleted even when Redis has lost everything', async () => {
    const [one, other] = [instance(), instance()];
    await ask(one);
    await forget(one);
    const kept = (await client?.keys('cozy:cache:*')) ?? [];
    expect(kept).not.toEqual([]);
    await client?.del(kept);
    expect(await ask(other)).toMatchObject({ value: [] });
    expect(await ask(one)).toMatchObject({ value: [] });
  });

  it('does without Redis that is away, broken or silent, and leaves it alone for a while', async () => {
    const get = vi.fn<() => Promise<string | null>>(() => new Promise(() => undefined));
    const silentRedis = { status: 'ready', get, set: () => Promise.reject(new Error('broken')) } as unknown as Redis;
    const one = instance({ redis: silentRedis, hasty: true });
    expect(await ask(one)).toMatchObject({ status: 'ok', cacheHit: false });
    await ask(one, { query: 'another' });
    expect(get).toHaveBeenCalledOnce();
    const away = instance({ redis: new Redis({ lazyConnect: true }) });
    expect(await ask(away)).toMatchObject({ status: 'ok', cacheHit: false });
    expect(await ask(away)).toMatchObject({ status: 'ok', cacheHit: true });
  });
});
