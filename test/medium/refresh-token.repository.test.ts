import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import type { Database } from '../../src/storage/database/database.js';
import { RefreshTokenRepository } from '../../src/storage/refresh-tokens/refresh-token.repository.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';
import { onServices } from '../setup/test-lane.js';

let test: TestDatabase;
let tokens: RefreshTokenRepository;
let userId: string;
let familyId: string;
let first: Buffer;

const token = () => randomBytes(32);
const next = (tokenHash = token()) => ({ id: newId(), tokenHash, ttlSeconds: 3600 });

async function begin(ttlSeconds = 3600): Promise<void> {
  [familyId, first] = [newId(), token()];
  await tokens.add({ id: newId(), userId, familyId, tokenHash: first, deviceId: 'phone', ttlSeconds });
}

beforeAll(async () => {
  test = await testDatabase();
  tokens = new RefreshTokenRepository(test.database);
  userId = await storedUser(test.database);
});
beforeEach(() => begin());

const alive = async () => (await new UserRepository(test.database).signInState(userId, familyId))?.familyAlive;

describe('refreshTokens.rotate', () => {
  it('gives the next token of the same family, user and device', async () => {
    const second = token();
    expect(await tokens.rotate(first, next(second))).toEqual({ userId, familyId });
    expect(await tokens.find(second)).toEqual({ userId, familyId, rotatedAt: null });
    expect((await tokens.find(first))?.rotatedAt).toBeInstanceOf(Date);
    const rows: unknown = await test.dataSource.query('SELECT device_id FROM refresh_tokens WHERE token_hash = $1', [
      second,
    ]);
    expect(rows).toEqual([{ device_id: 'phone' }]);
  });

  it('lets exactly one of twenty exchanges at once win', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => tokens.rotate(first, next())));
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    const rows: unknown = await test.dataSource.query('SELECT id FROM refresh_tokens WHERE family_id = $1', [familyId]);
    expect(rows).toHaveLength(2);
  });

  it.each([
    ['exchanged before', () => tokens.rotate(first, next())],
    ['revoked', () => tokens.revokeFamily(familyId)],
    ['expired', () => begin(-1)],
    [
      'unknown',
      async () => {
        first = token();
      },
    ],
  ])('refuses a token that is %s', async (_, before) => {
    await before();
    expect(await tokens.rotate(first, next())).toBeUndefined();
  });
});

describe('a family', () => {
  it('lives until it is revoked, with all its tokens, and others do not die with it', async () => {
    const other = { familyId, first };
    await begin();
    const second = token();
    await tokens.rotate(first, next(second));
    expect(await alive()).toBe(true);
    await tokens.revokeFamily(familyId);
    expect(await alive()).toBe(false);
    expect(await tokens.rotate(second, next())).toBeUndefined();
    expect(await tokens.rotate(other.first, next())).toBeDefined();
  });

  it('of another user is not alive for this one', async () => {
    const other = await storedUser(test.database);
    expect((await new UserRepository(test.database).signInState(other, familyId))?.familyAlive).toBe(false);
  });

  // Bug: the revocation waits for the exchange's row lock, but does not see the row that the exchange adds: whoever
  // signs out while a refresh is under way stays signed in, and a stolen token survives the detection of its reuse.
  it.skipIf(!onServices)(
    'revoked while an exchange is under way is dead after both (services lane: the embedded one has no such races)',
    async () => {
      const client = new Client(test.poolConfig);
      await client.connect();
      const slow = new RefreshTokenRepository({
        one: async (_: string, text: string, values: unknown[]) =>
          (await client.query(text, values)).rows[0] as unknown,
      } as unknown as Database);
      await client.query('BEGIN');
      await slow.rotate(first, next());
      const revoked = tokens.revokeFamily(familyId);
      await expect
        .poll(async () => {
          const waiting: unknown = await test.dataSource.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return (waiting as unknown[]).length;
        })
        .toBeGreaterThan(0);
      await client.query('COMMIT');
      await revoked;
      await client.end();
      expect(await alive()).toBe(false);
    },
  );
});
