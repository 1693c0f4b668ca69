import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import type { Database } from '../../src/storage/database/database.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { IdempotencyKeyRepository, type KeyClaim } from '../../src/storage/idempotency/idempotency-key.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const HASH = createHash('sha256').update('a request').digest();
const OTHER_HASH = createHash('sha256').update('another request').digest();
const TIMES = { lock: 600, ttl: 3600 };
const ANSWER = { status: 201, contentType: 'application/json', body: Buffer.from('{"ä":1}') };

let test: TestDatabase;
let keys: IdempotencyKeyRepository;
let userId: string;
let key: string;

beforeAll(async () => {
  test = await testDatabase();
  keys = new IdempotencyKeyRepository(test.database);
  userId = await storedUser(test.database);
});
beforeEach(() => {
  key = newId();
});

const HERE = newId();
const THERE = newId();

const claim = (requestHash = HASH, instanceId = HERE): KeyClaim => ({ userId, key, requestHash, instanceId });
const take = (hash = HASH, times = TIMES) => keys.take(claim(hash), times);

describe('an idempotency key', () => {
  it('is taken by exactly one of twenty who want it at once', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => take()));
    expect(results.filter((holder) => holder === undefined)).toHaveLength(1);
    for (const holder of results.filter((result) => result !== undefined)) {
      expect(holder).toMatchObject({ responseStatus: null, body: null });
      expect(holder.requestHash.equals(HASH)).toBe(true);
    }
  });

  it('gives the kept answer, byte by byte, with the request it belongs to', async () => {
    await take();
    await keys.keep(claim(), ANSWER);
    const kept = await take(OTHER_HASH);
    expect(kept).toMatchObject({ responseStatus: 201, contentType: 'application/json' });
    expect(kept?.body?.equals(ANSWER.body)).toBe(true);
    expect(kept?.requestHash.equals(HASH)).toBe(true);
  });

  it('keeps the first answer it was given', async () => {
    await take();
    await keys.keep(claim(), ANSWER);
    await keys.keep(claim(), { ...ANSWER, status: 500 });
    await keys.release(claim());
    expect(await take()).toMatchObject({ responseStatus: 201 });
  });

  it('is free again once it is released', async () => {
    await take();
    await keys.release(claim());
    expect(await take(OTHER_HASH)).toBeUndefined();
  });

  it('is each user’s own', async () => {
    await take();
    const other = await storedUser(test.database);
    expect(await keys.take({ ...claim(), userId: other }, TIMES)).toBeUndefined();
  });

  it('that is held for too long is taken over, by one of many', async () => {
    await take(HASH, { lock: -1, ttl: 3600 });
    const results = await Promise.all(Array.from({ length: 10 }, () => take(OTHER_HASH)));
    expect(results.filter((holder) => holder === undefined)).toHaveLength(1);
  });

  it('that is held by an instance that has ended is taken over at once, by one of many', async () => {
    await take();
    const results = await Promise.all(
      Array.from({ length: 10 }, () => keys.take(claim(OTHER_HASH, THERE), TIMES, HERE)),
    );
    const others = results.filter((holder) => holder !== undefined);
    expect(others).toMatchObject(Array.from({ length: 9 }, () => ({ instanceId: THERE, responseStatus: null })));
  });

  it('that was answered is not taken from an instance that has ended since', async () => {
    await take();
    await keys.keep(claim(), ANSWER);
    expect(await keys.take(claim(HASH, THERE), TIMES, HERE)).toMatchObject({ instanceId: HERE, responseStatus: 201 });
  });

  it('that was taken over is the new holder’s alone, though the request is the same', async () => {
    await take();
    await keys.take(claim(HASH, THERE), TIMES, HERE);
    await keys.keep(claim(), ANSWER);
    await keys.release(claim());
    expect(await take()).toMatchObject({ instanceId: THERE, responseStatus: null });
  });

  it('that has expired is new, its answer gone', async () => {
    await take(HASH, { lock: 600, ttl: -1 });
    await keys.keep(claim(), ANSWER);
    expect(await take(OTHER_HASH)).toBeUndefined();
    expect(await take(OTHER_HASH)).toMatchObject({ responseStatus: null, body: null });
  });

  it('is deleted once it has expired, and not before', async () => {
    await take(HASH, { lock: 600, ttl: -1 });
    const living = newId();
    await keys.take({ ...claim(), key: living }, TIMES);
    await new ExpiryRepository(test.database).deleteExpired();
    const rows: unknown = await test.dataSource.query('SELECT key FROM idempotency_keys WHERE key = ANY($1)', [
      [key, living],
    ]);
    expect(rows).toEqual([{ key: living }]);
  });

  // Bug: `take` asks who holds the key in a second statement; where the holder lets go in between, it answers
  // "yours" without having taken it, and the next one takes it too: two do the same request at once.
  it('released between the two questions of somebody who wants it is still held by one only', async () => {
    await take();
    const { database } = test;
    const inBetween = {
      one: async (name: string, text: string, values: unknown[]) => {
        if (name === 'idempotency_find') await keys.release(claim());
        return database.one(name, text, values);
      },
    } as unknown as Database;
    const second = await new IdempotencyKeyRepository(inBetween).take(claim(), TIMES);
    const third = await take();
    expect([second, third].filter((holder) => holder === undefined).length).toBeLessThanOrEqual(1);
  });

  // Bug: `keep` does not ask whether the key is still the same request's.
  it('that was taken over does not keep the late answer of the request before', async () => {
    await take(HASH, { lock: -1, ttl: 3600 });
    await take(OTHER_HASH);
    await keys.keep(claim(), { ...ANSWER, body: Buffer.from('the answer to another request') });
    expect(await take(OTHER_HASH)).toMatchObject({ responseStatus: null, body: null });
  });
});
