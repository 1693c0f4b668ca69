import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { RealtimeSecretRepository } from '../../src/storage/realtime-secrets/realtime-secret.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

let test: TestDatabase;
let secrets: RealtimeSecretRepository;
let userId: string;

beforeAll(async () => {
  test = await testDatabase();
  secrets = new RealtimeSecretRepository(test.database);
  userId = await storedUser(test.database);
});

async function saved(ttlSeconds: number): Promise<Buffer> {
  const secretHash = randomBytes(32);
  const facts = { credentialId: null, isApiKey: false, tokenVersion: 3, wish: { session: { tools: [] } } };
  await secrets.save({ id: newId(), userId, secretHash, ...facts }, ttlSeconds);
  return secretHash;
}

describe('a secret for a call', () => {
  it('is given to the first who asks, and to nobody after, however many ask at once', async () => {
    const hash = await saved(60);
    const all = await Promise.all(Array.from({ length: 10 }, () => secrets.take(hash)));
    expect(all.filter((row) => row !== undefined)).toMatchObject([
      { userId, tokenVersion: 3, wish: { session: { tools: [] } }, isExpired: false },
    ]);
  });

  it('says that it has expired, and goes when nobody has used it', async () => {
    expect(await secrets.take(await saved(0))).toMatchObject({ isExpired: true });
    const [old, fresh] = [await saved(0), await saved(60)];
    await new ExpiryRepository(test.database).deleteExpired();
    expect(await secrets.take(old)).toBeUndefined();
    expect(await secrets.take(fresh)).toBeDefined();
  });
});
