import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiSection } from '../../src/core/config/sections/api.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { IdempotencyService } from '../../src/orchestration/idempotency/idempotency.service.js';
import { IdempotencyKeyRepository } from '../../src/storage/idempotency/idempotency-key.repository.js';
import type { SignalRepository } from '../../src/storage/signals/signal.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';
import { testInstance } from '../setup/test-instance.js';
import { onServices } from '../setup/test-lane.js';

const REQUEST = { method: 'POST', path: '/v1/chat/completions', body: { messages: [] } };
const IN_FLIGHT = { code: 'RESOURCE_IN_FLIGHT' };

let test: TestDatabase;
let userId: string;
let key: string;
let here: SignalRepository;
let there: SignalRepository;

beforeAll(async () => {
  test = await testDatabase();
  userId = await storedUser(test.database);
});

beforeEach(async () => {
  key = newId();
  [here, there] = [testInstance(test), testInstance(test)];
  await here.onApplicationBootstrap();
  await there.onApplicationBootstrap();
  return async () => {
    await here.onModuleDestroy();
    await there.onModuleDestroy();
  };
});

const begin = (instance: SignalRepository) =>
  new IdempotencyService(
    new IdempotencyKeyRepository(test.database),
    instance,
    new ApiSection(),
    new Logger('silent'),
  ).begin(userId, key, REQUEST);

describe('a request under a key whose first request has no answer yet', () => {
  it('is refused where this instance answers it', async () => {
    await begin(here);
    await expect(begin(here)).rejects.toMatchObject(IN_FLIGHT);
  });

  it.skipIf(!onServices)('is refused where a living instance answers it', async () => {
    await begin(there);
    await expect(begin(here)).rejects.toMatchObject(IN_FLIGHT);
  });

  // Bug: the key stayed locked for ten minutes after `kill -9`, and the client's retry was refused for as long.
  it('is done at once where the instance that answered it has ended, and by one of two that come at once', async () => {
    await begin(there);
    await there.onModuleDestroy();
    await expect.poll(() => here.ended([there.instanceId])).toEqual(new Set([there.instanceId]));
    const results = await Promise.allSettled([begin(here), begin(here), begin(here)]);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refusals).toMatchObject([IN_FLIGHT, IN_FLIGHT]);
  });

  it('is refused while this instance cannot tell who lives', async () => {
    await begin(there);
    await there.onModuleDestroy();
    await here.onModuleDestroy();
    await expect(begin(here)).rejects.toMatchObject(IN_FLIGHT);
  });
});
