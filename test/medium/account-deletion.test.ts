import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { ACCOUNT_DELETE, AccountDeletionRepository } from '../../src/storage/accounts/account-deletion.repository.js';
import { MemoryRepository } from '../../src/storage/memories/memory.repository.js';
import { TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { UsageRepository } from '../../src/storage/usage/usage.repository.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';
import { fillAccount, newMessage, storedSession, storedTurn, usageOf } from '../factories/whole-account.js';
import { emptyDatabase, storedUser, type TestDatabase } from '../setup/test-database.js';

/** Tables that may name a user whose account is gone: the record of what happened, or was decided, holds ids and nothing else. */
const RECORDS = ['audit_events', 'audit_inbox', 'canary_rules'];

let test: TestDatabase;
let deletions: AccountDeletionRepository;
let userId: string;

/** A database of its own: it is searched whole. */
beforeAll(async () => {
  test = await emptyDatabase();
  await test.dataSource.runMigrations();
  deletions = new AccountDeletionRepository(test.database);
});
afterAll(() => test.remove());
beforeEach(async () => {
  userId = await storedUser(test.database);
});

const run = <Row>(text: string, values: unknown[] = []) => test.dataSource.query<Row[]>(text, values);

async function tables(): Promise<string[]> {
  const rows = await run<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  return rows.map(({ name }) => name).filter((name) => !RECORDS.includes(name) && name !== 'migrations');
}

/** The tables in which the id stands, in any column of any type. */
async function whereIs(id: string): Promise<string[]> {
  const found: string[] = [];
  for (const table of await tables()) {
    const [row] = await run<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} t WHERE t::text LIKE $1`, [
      `%${id}%`,
    ]);
    if ((row?.n ?? 0) > 0) found.push(table);
  }
  return found.toSorted();
}

async function deleteAccount(id = userId): Promise<string> {
  const promise = newId();
  expect(await deletions.request(id, promise)).toBe('requested');
  await deletions.wipe(id, promise);
  return promise;
}

describe('the end of an account', () => {
  it('leaves nothing of the user in any table', async () => {
    const other = await storedUser(test.database);
    const { sessionId } = await fillAccount(test.database, userId);
    await fillAccount(test.database, other);
    await run('UPDATE tool_approvals SET decided_by = $1 WHERE user_id = $2', [userId, other]);
    const before = await whereIs(other);
    // The generations of caches name nobody; parts of exports and of documents go with what they are parts of.
    const nameless =
      /^(cache_generations|account_export_parts|chunks|chunk_vectors|sign_in_failures|document_words|used_tickets|canary_counts|audit_.*)$/;
    const known = (await tables()).filter((name) => !nameless.test(name));
    expect(before).toEqual(known.toSorted());

    const promise = await deleteAccount();
    expect(await whereIs(userId)).toEqual(['outbox']);
    await deletions.finish(promise);
    expect(await whereIs(userId)).toEqual([]);
    expect(await whereIs(sessionId)).toEqual([]);
    expect(await whereIs(other)).toEqual(before);
    expect(await run('SELECT 1 FROM account_export_parts')).toHaveLength(1);
  });

  // A table that is added later must not be forgotten.
  it('takes along whatever belongs to a user, by foreign keys that cascade', async () => {
    const columns = await run<{ place: string; cascades: boolean }>(`
      SELECT c.table_name || '.' || c.column_name AS place, EXISTS (
        SELECT 1 FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey)
        WHERE k.contype = 'f' AND k.confdeltype = 'c' AND k.confrelid = 'users'::regclass
          AND k.conrelid = c.table_name::regclass AND a.attname = c.column_name) AS cascades
      FROM information_schema.columns c
      WHERE c.table_schema = 'public' AND c.column_name ~ '(^|_)(user|owner|account)_id$'`);
    expect(columns.length).toBeGreaterThan(15);
    const loose = columns.filter(({ cascades }) => !cascades).map(({ place }) => place);
    expect(loose).toEqual(['outbox.user_id']);
  });

  it('begins with the door: nobody comes in, and sessions take nothing', async () => {
    const { sessionId } = await fillAccount(test.database, userId);
    const before = await new UserRepository(test.database).find(userId);
    expect(await deletions.request(userId, newId())).toBe('requested');
    const after = await new UserRepository(test.database).find(userId);
    expect(after).toMatchObject({ status: 'deleting', tokenVersion: (before?.tokenVersion ?? 0) + 1 });
    expect(await run('SELECT 1 FROM refresh_tokens WHERE user_id = $1', [userId])).toEqual([]);
    expect(await run('SELECT 1 FROM api_keys WHERE user_id = $1', [userId])).toEqual([]);
    const turns = new TurnRepository(test.database);
    expect(await turns.open({ sessionId, userId, turnId: newId() }, [newMessage('late')])).toBeUndefined();
    expect(await run('SELECT kind FROM outbox WHERE user_id = $1', [userId])).toEqual([{ kind: ACCOUNT_DELETE }]);
  });

  it('may be asked for twice, and promises it once', async () => {
    const promise = newId();
    await Promise.all([deletions.request(userId, promise), deletions.request(userId, newId())]);
    expect(await run('SELECT 1 FROM outbox WHERE user_id = $1', [userId])).toHaveLength(1);
    expect(await deletions.request(newId(), newId())).toBe('unknown');
  });

  it('may break off anywhere, and is then simply done again', async () => {
    await fillAccount(test.database, userId);
    const promise = await deleteAccount();
    await deletions.wipe(userId, promise);
    expect(await whereIs(userId)).toEqual(['outbox']);
  });

  it('goes through accounts that are longer than a batch', async () => {
    const sessionId = await storedSession(test.database, userId);
    await run(
      `INSERT INTO messages (id, session_id, user_id, seq, role, content)
       SELECT gen_random_uuid(), $1, $2, n, 'user', 'Something' FROM generate_series(1, 5001) AS n`,
      [sessionId, userId],
    );
    await deletions.finish(await deleteAccount());
    expect(await whereIs(userId)).toEqual([]);
  });

  it('frees name and address', async () => {
    const users = new UserRepository(test.database);
    const { username, email } = (await users.find(userId)) ?? { username: '', email: '' };
    const again = { id: newId(), username, email, passwordHash: 'x', role: 'user' as const };
    await deleteAccount();
    expect(await users.create(again)).toMatchObject({ username, email });
  });

  it('is refused to the last admin, also where two leave at once', async () => {
    const other = await storedUser(test.database);
    await run(`UPDATE users SET role = 'admin' WHERE id IN ($1, $2)`, [userId, other]);
    const answers = await Promise.all([deletions.request(userId, newId()), deletions.request(other, newId())]);
    expect(answers.toSorted()).toEqual(['last_admin', 'requested']);
    await run(`UPDATE users SET role = 'user' WHERE id IN ($1, $2)`, [userId, other]);
  });
});

describe('what is on its way when an account ends', () => {
  const open = async () => {
    const sessionId = await storedSession(test.database, userId);
    const key = { sessionId, userId, turnId: newId() };
    return { key, seq: (await new TurnRepository(test.database).open(key, [newMessage('Hello')])) ?? 0 };
  };
  const close = ({ key, seq }: Awaited<ReturnType<typeof open>>) =>
    new TurnRepository(test.database).close(key, seq, newMessage('Hi', 'assistant'), usageOf(), {
      titleId: newId(),
      others: [{ id: newId(), kind: 'memory.add', delayMs: 0, deadCode: null }],
    });

  it('finds the account closed, and leaves nothing', async () => {
    const turn = await open();
    const promise = await deleteAccount();
    const gone = { code: 'AUTH_ACCOUNT_INACTIVE' };
    await expect(close(turn)).rejects.toMatchObject(gone);
    await expect(new UsageRepository(test.database).add({ ...usageOf(), userId })).rejects.toMatchObject(gone);
    await expect(storedSession(test.database, userId)).rejects.toMatchObject(gone);
    await new MemoryRepository(test.database).addTurns([turn.key], []);
    await deletions.finish(promise);
    expect(await whereIs(userId)).toEqual([]);
  });

  it('leaves nothing either where it is stored at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      userId = await storedUser(test.database);
      const turns = await Promise.all(Array.from({ length: 8 }, open));
      const promise = newId();
      const refused: string[] = [];
      const late = turns.map((turn) => close(turn).catch((error: { code: string }) => void refused.push(error.code)));
      const ended = deletions.request(userId, promise).then(() => deletions.wipe(userId, promise));
      await Promise.all([...late, ended]);
      expect(refused.filter((code) => code !== 'AUTH_ACCOUNT_INACTIVE')).toEqual([]);
      await deletions.finish(promise);
      expect(await whereIs(userId)).toEqual([]);
    }
  });

  it('is not learned from', async () => {
    const sessionId = await storedSession(test.database, userId);
    const turn = await storedTurn(test.database, userId, sessionId, 'My boat is called Gannet');
    expect(await deletions.request(userId, newId())).toBe('requested');
    // What the write-back asks before it tells an engine anything.
    expect(await new TurnRepository(test.database).said([{ userId, turnId: turn.turnId }])).toEqual([]);
    expect(await new SessionRepository(test.database).find(sessionId, userId)).toBeUndefined();
  });
});
