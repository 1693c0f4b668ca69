import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { emptyDatabase, storedUser, type TestDatabase } from '../setup/test-database.js';
import { onServices } from '../setup/test-lane.js';

const FOR_EVER = { deleted: 0, usage: 0, deadLetters: 0, apiKeys: 0, refreshTokens: 30 };

let test: TestDatabase;
let expiry: ExpiryRepository;
let userId: string;

beforeAll(async () => {
  test = await emptyDatabase();
  await test.dataSource.runMigrations();
  expiry = new ExpiryRepository(test.database);
  return () => test.remove();
});
beforeEach(async () => {
  userId = await storedUser(test.database);
});

const run = <Row>(text: string, values: unknown[] = []) => test.dataSource.query<Row[]>(text, values);
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);

async function session(deletedDaysAgo: number | null, messages = 2): Promise<string> {
  const id = newId();
  const deletedAt = deletedDaysAgo === null ? null : ago(deletedDaysAgo);
  await run('INSERT INTO sessions (id, user_id, personality_id, deleted_at) VALUES ($1, $2, $3, $4)', [
    id,
    userId,
    'warm',
    deletedAt,
  ]);
  await run(
    `INSERT INTO messages (id, session_id, user_id, seq, role, content)
     SELECT gen_random_uuid(), $1, $2, n, 'user', 'words' FROM generate_series(1, $3::int) n`,
    [id, userId, messages],
  );
  return id;
}

async function left(table: string, column = 'user_id', value = userId): Promise<number> {
  const [row] = await run<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [value]);
  return row?.n ?? 0;
}

const purged = async (days: Partial<typeof FOR_EVER>) => {
  const { deleted, failures, isElsewhere } = await expiry.deleteRetained({ ...FOR_EVER, ...days });
  expect({ failures, isElsewhere }).toEqual({ failures: [], isElsewhere: false });
  return deleted;
};

describe('what users have deleted', () => {
  it('is kept for so many days, then gone with all that hangs on it, however much that is', async () => {
    const [live, fresh, old] = [await session(null), await session(29), await session(31, 2500)];
    await run(
      `INSERT INTO responses (id, user_id, session_id, seq, makes_session, input, body)
       VALUES ($1, $2, $3, 1, true, '[]', '{}')`,
      [newId(), userId, old],
    );
    await run(`UPDATE messages SET deleted_at = $2 WHERE session_id = $1 AND seq = 1`, [live, ago(31)]);
    await run(`UPDATE messages SET deleted_at = $2 WHERE session_id = $1 AND seq = 1`, [fresh, ago(29)]);

    const deleted = await purged({ deleted: 30 });

    expect(Object.fromEntries(deleted)).toEqual({ messages: 2501, responses: 1, sessions: 1, refresh_tokens: 0 });
    expect(await run('SELECT id FROM sessions WHERE user_id = $1 ORDER BY id', [userId])).toEqual([
      { id: live },
      { id: fresh },
    ]);
    expect([await left('messages', 'session_id', live), await left('messages', 'session_id', fresh)]).toEqual([1, 2]);
  });

  // Bug: every piece looked at all sessions that waited. These are more than one piece looks at.
  it('goes in pieces, however many sessions wait', async () => {
    await run(
      `INSERT INTO sessions (id, user_id, personality_id, deleted_at)
       SELECT gen_random_uuid(), $1, 'warm', $2::timestamptz + n * interval '1 second' FROM generate_series(1, 250) n`,
      [userId, ago(40)],
    );
    await run(
      `INSERT INTO messages (id, session_id, user_id, seq, role, content)
       SELECT gen_random_uuid(), id, $1, n, 'user', 'words' FROM sessions, generate_series(1, 3) n WHERE user_id = $1`,
      [userId],
    );
    const live = await session(null);
    const deleted = await purged({ deleted: 30 });
    expect([deleted.get('messages'), deleted.get('sessions')]).toEqual([750, 250]);
    expect(await run('SELECT id FROM sessions WHERE user_id = $1', [userId])).toEqual([{ id: live }]);
  });

  it('is kept for ever with 0', async () => {
    const old = await session(4000);
    await purged({ deleted: 0 });
    expect(await left('messages', 'session_id', old)).toBe(2);
  });
});

describe('records', () => {
  it('of usage go by their day', async () => {
    for (const days of [400, 364]) {
      await run(
        `INSERT INTO usage_daily (user_id, day, model, personality_id) VALUES ($1, (now() - make_interval(days => $2))::date, 'm', 'p')`,
        [userId, days],
      );
    }
    await purged({});
    expect(await left('usage_daily')).toBe(2);
    await purged({ usage: 365 });
    expect(await left('usage_daily')).toBe(1);
  });

  it('of work that was given up go, but not of work that waits, nor the promise that an account is to end', async () => {
    const add = (kind: string, deadAt: Date | null) =>
      run('INSERT INTO outbox (id, kind, user_id, turn_id, created_at, dead_at) VALUES ($1, $2, $3, $1, $4, $5)', [
        newId(),
        kind,
        userId,
        ago(100),
        deadAt,
      ]);
    await add('memory.add', ago(91));
    await add('memory.add', ago(89));
    await add('memory.add', null);
    await add('account.delete', ago(91));
    await purged({});
    expect(await left('outbox')).toBe(4);
    await purged({ deadLetters: 90 });
    expect(await left('outbox')).toBe(3);
    expect(await left('outbox', 'kind', 'account.delete')).toBe(1);
  });

  it('of API keys go after they were revoked or have expired, not before', async () => {
    const add = (revokedAt: Date | null, expiresAt: Date | null) =>
      run(
        `INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, revoked_at, expires_at)
         VALUES ($1, $2, 'k', 'ck', uuid_send($1), '{}', $3, $4)`,
        [newId(), userId, revokedAt, expiresAt],
      );
    await add(ago(91), null);
    await add(null, ago(91));
    await add(ago(91), ago(-300));
    await add(ago(89), null);
    await add(null, ago(-1));
    await add(null, null);
    await purged({ apiKeys: 90 });
    expect(await left('api_keys')).toBe(3);
  });

  it('of refresh tokens go once no access token of the sign-in can live', async () => {
    const add = (expiresAt: Date) =>
      run(
        `INSERT INTO refresh_tokens (id, user_id, family_id, token_hash, expires_at)
         VALUES ($1, $2, $1, uuid_send($1), $3)`,
        [newId(), userId, expiresAt],
      );
    for (const days of [31, 29, -1]) await add(ago(days));
    await purged({ refreshTokens: 30 });
    expect(await left('refresh_tokens')).toBe(2);
  });
});

describe('the purge', () => {
  // The embedded database has one session, and one process.
  it.runIf(onServices)('leaves the work to the instance that is at it', async () => {
    const old = await session(31);
    const other = test.dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT pg_advisory_xact_lock(7263453)');
    const found = await expiry.deleteRetained({ ...FOR_EVER, deleted: 30 });
    expect(found.isElsewhere).toBe(true);
    expect(await left('messages', 'session_id', old)).toBe(2);
    // Bug: what has expired was left to it, too.
    expect((await expiry.deleteExpired()).isElsewhere).toBe(false);
    await other.rollbackTransaction();
    await other.release();
    await purged({ deleted: 30 });
    expect(await left('messages', 'session_id', old)).toBe(0);
  });

  it('goes on with the other tables where one fails, and says which', async () => {
    await run('ALTER TABLE used_tickets RENAME TO away');
    await run(`INSERT INTO sign_in_failures (login_hash, failures, failed_at) VALUES ('\\x01', 1, $1)`, [ago(2)]);
    const { deleted, failures } = await expiry.deleteExpired();
    await run('ALTER TABLE away RENAME TO used_tickets');
    expect(failures.map(({ table }) => table)).toEqual(['used_tickets']);
    expect(deleted.get('sign_in_failures')).toBe(1);
    expect(deleted.has('cache_generations')).toBe(true);
  });
});
