import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { RedisConnection } from '../../src/storage/redis/redis.connection.js';
import { VoicePlaceRepository } from '../../src/storage/voice-places/voice-place.repository.js';

const redisUrl = process.env['TEST_REDIS_URL'];
const LONG_MS = 60_000;

describe('places of calls without Redis', () => {
  it('are there for all, and nobody knows of the others', async () => {
    const places = new VoicePlaceRepository(new RedisConnection(null), new Logger('silent'));
    const place = { userId: newId(), callId: newId(), instanceId: 'one' };
    expect(await places.take(place, 1, LONG_MS)).toBe(true);
    expect(await places.take({ ...place, callId: newId() }, 1, LONG_MS)).toBe(true);
    expect(await places.instanceOf(place.callId, place.userId)).toBeUndefined();
  });
});

describe.skipIf(!redisUrl)('places of calls in Redis', () => {
  let client: Redis;
  let places: VoicePlaceRepository;
  const placeOf = (userId: string, instanceId = 'one') => ({ userId, callId: newId(), instanceId });

  beforeAll(async () => {
    client = new Redis(redisUrl ?? '');
    places = new VoicePlaceRepository(new RedisConnection(client), new Logger('silent'));
    await client.ping();
  });
  afterAll(() => client?.disconnect());

  it('are as many as a user may have, whoever asks at once', async () => {
    const userId = newId();
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, at) => places.take(placeOf(userId, `i${at % 2}`), 3, LONG_MS)),
    );
    expect(taken.filter(Boolean).length).toBe(3);
    expect(await places.take(placeOf(newId()), 3, LONG_MS)).toBe(true);
  });

  it('are free again when they are given back, and when their instance has died', async () => {
    const userId = newId();
    const [first, dying] = [placeOf(userId), placeOf(userId, 'dying')];
    await places.take(first, 2, LONG_MS);
    await places.take(dying, 2, 50);
    await vi.waitFor(async () => expect(await places.take(placeOf(userId), 2, LONG_MS)).toBe(true), 5000);
    await places.free(first);
    expect(await places.take(placeOf(userId), 2, LONG_MS)).toBe(true);
    expect(await places.take(placeOf(userId), 2, LONG_MS)).toBe(false);
    expect(await client.pttl(`cozy:calls:${userId}`)).toBeGreaterThan(0);
  });

  it('that are kept are known, also where Redis has lost them, and to their user alone', async () => {
    const place = placeOf(newId(), 'two');
    await places.keep(place, LONG_MS);
    expect(await places.instanceOf(place.callId, place.userId)).toBe('two');
    expect(await places.instanceOf(place.callId, newId())).toBeUndefined();
    expect(await places.instanceOf(newId(), place.userId)).toBeUndefined();
    expect(await places.take(placeOf(place.userId), 1, LONG_MS)).toBe(false);
  });
});
