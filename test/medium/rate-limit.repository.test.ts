import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { RateLimitRepository } from '../../src/storage/limits/rate-limit.repository.js';
import { RedisConnection } from '../../src/storage/redis/redis.connection.js';

const REDIS_URL = process.env['TEST_LANE'] === 'services' ? process.env['TEST_REDIS_URL'] : undefined;
const MINUTE = 60_000;
let client: Redis | null = null;
let limits: RateLimitRepository;

beforeAll(async () => {
  client = REDIS_URL ? new Redis(REDIS_URL, { lazyConnect: true }) : null;
  await client?.connect();
  limits = new RateLimitRepository(new RedisConnection(client), new Logger('silent'));
});
afterAll(async () => {
  await client?.quit();
});

describe('RateLimitRepository', () => {
  it('lets through exactly as many as the limit, whoever asks at once', async () => {
    const key = newId();
    const taken = await Promise.all(Array.from({ length: 30 }, () => limits.take(key, 10, MINUTE)));
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(10);
    const refused = taken.find(({ allowed }) => !allowed);
    expect(refused?.retryAfterMs).toBeGreaterThan(MINUTE - 5000);
    expect(refused?.retryAfterMs).toBeLessThanOrEqual(MINUTE);
  });

  it('takes a place in every window or in none', async () => {
    const [wide, narrow] = [newId(), newId()];
    const both = [
      { key: wide, limit: 5, windowMs: MINUTE },
      { key: narrow, limit: 2, windowMs: MINUTE },
    ];
    const taken = await limits.takeAll(both);
    expect(taken).toMatchObject([
      { allowed: true, remaining: 4 },
      { allowed: true, remaining: 1 },
    ]);
    await limits.takeAll(both);
    for (let times = 0; times < 3; times++) {
      expect(await limits.takeAll(both)).toMatchObject([{ allowed: true }, { allowed: false, remaining: 0 }]);
    }
    // The three that the narrow one refused have cost the wide one nothing.
    expect(await limits.take(wide, 5, MINUTE)).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('counts keys apart', async () => {
    for (let times = 0; times < 3; times++) expect((await limits.take(newId(), 1, MINUTE)).allowed).toBe(true);
  });

  it('lets in again when the window has passed, however often was asked meanwhile', async () => {
    const key = newId();
    await limits.take(key, 1, 300);
    await expect.poll(async () => (await limits.take(key, 1, 300)).allowed, { interval: 20, timeout: 2000 }).toBe(true);
  });

  it.runIf(REDIS_URL)('is shared by all instances on one Redis', async () => {
    const key = newId();
    const other = new RateLimitRepository(new RedisConnection(client), new Logger('silent'));
    await limits.take(key, 1, MINUTE);
    expect((await other.take(key, 1, MINUTE)).allowed).toBe(false);
  });
});
