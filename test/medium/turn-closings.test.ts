import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { newMessage, storedSession, usageOf } from '../factories/whole-account.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';
import { onServices } from '../setup/test-lane.js';

interface Opened {
  key: { sessionId: string; userId: string; turnId: string };
  seq: number;
}

let test: TestDatabase;
let turns: TurnRepository;
let userId: string;

beforeAll(async () => {
  test = await testDatabase();
  turns = new TurnRepository(test.database);
});
beforeEach(async () => {
  userId = await storedUser(test.database);
});

async function opened(sessionId: string, of = userId): Promise<Opened> {
  const key = { sessionId, userId: of, turnId: newId() };
  return { key, seq: (await turns.open(key, [newMessage('Hello')])) ?? 0 };
}

function close({ key, seq }: Opened): Promise<void> {
  const others = [{ id: newId(), kind: 'memory.add', delayMs: 0, deadCode: null }];
  const answer = newMessage(`Answer to ${key.turnId}`, 'assistant');
  return turns.close(key, seq, answer, { ...usageOf(), costUsd: '0.1' }, { titleId: newId(), others });
}

const kept = async (of = userId) => {
  const [row] = await test.dataSource.query<Record<string, unknown>[]>(
    `SELECT (SELECT sum(message_count)::int FROM sessions WHERE user_id = $1) AS counted,
       (SELECT sum(total_cost_usd)::float8 FROM sessions WHERE user_id = $1) AS cost,
       (SELECT count(*)::int FROM messages WHERE user_id = $1 AND role = 'assistant') AS answers,
       (SELECT count(*)::int FROM usage_events WHERE user_id = $1) AS used,
       (SELECT count(*)::int FROM outbox WHERE user_id = $1) AS promised`,
    [of],
  );
  return row;
};

describe('turns that end at the same time', () => {
  it('are stored each at its place, also several of one session', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => storedSession(test.database, userId)));
    const ending: Opened[] = [];
    for (let at = 0; at < 30; at++) ending.push(await opened(sessions[at % 3] ?? ''));
    await Promise.all(ending.map(close));
    expect(await kept()).toEqual({ counted: 60, cost: 3, answers: 30, used: 30, promised: 30 });
    const rows = await test.dataSource.query<{ turn: string; seq: number }[]>(
      `SELECT turn_id AS turn, seq::float8 AS seq FROM messages WHERE user_id = $1 AND role = 'assistant'`,
      [userId],
    );
    expect(new Map(rows.map(({ turn, seq }) => [turn, seq]))).toEqual(
      new Map(ending.map(({ key, seq }) => [key.turnId, seq])),
    );
  });

  it('of which one’s session is deleted meanwhile, are kept but for it, whose usage stays', async () => {
    const ending = [];
    for (let at = 0; at < 4; at++) ending.push(await opened(await storedSession(test.database, userId)));
    await test.dataSource.query('UPDATE sessions SET deleted_at = now() WHERE id = $1', [ending[2]?.key.sessionId]);
    await Promise.all(ending.map(close));
    expect(await kept()).toMatchObject({ answers: 3, used: 4, promised: 3 });
  });

  it('of which one’s user is gone, are kept but for it, which is told', async () => {
    const gone = await storedUser(test.database);
    const ending = [await opened(await storedSession(test.database, userId))];
    ending.push(await opened(await storedSession(test.database, gone), gone));
    ending.push(await opened(await storedSession(test.database, userId)));
    ending.push(await opened(await storedSession(test.database, userId)));
    await test.dataSource.query('DELETE FROM users WHERE id = $1', [gone]);
    const outcomes = await Promise.allSettled(ending.map(close));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'AUTH_ACCOUNT_INACTIVE' } });
    expect(await kept()).toMatchObject({ answers: 3, used: 3, promised: 3 });
  });

  // The embedded database has one session: whoever holds a row there holds up everybody.
  it.runIf(onServices)('wait for nobody whose session somebody else is at (on real Postgres)', async () => {
    const ending = [];
    for (let at = 0; at < 5; at++) ending.push(await opened(await storedSession(test.database, userId)));
    const other = test.dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE', [ending[1]?.key.sessionId]);
    const closing = ending.map(close);
    await Promise.all(closing.filter((_, at) => at !== 1));
    expect(await kept()).toMatchObject({ answers: 4 });
    await other.commitTransaction();
    await other.release();
    await closing[1];
    expect(await kept()).toMatchObject({ answers: 5, used: 5, promised: 5 });
  });
});

describe('what is done for a session as a whole', () => {
  const openKinds = async () => {
    const rows = await test.dataSource.query<{ kind: string }[]>(
      'SELECT kind FROM outbox WHERE user_id = $1 AND done_at IS NULL ORDER BY kind',
      [userId],
    );
    return rows.map(({ kind }) => kind);
  };

  async function closeWithSummary(sessionId: string): Promise<void> {
    const { key, seq } = await opened(sessionId);
    const others = ['session.summary', 'memory.add'].map((kind) => ({ id: newId(), kind, delayMs: 0, deadCode: null }));
    const answer = newMessage('Answer', 'assistant');
    await turns.close(key, seq, answer, { ...usageOf(), costUsd: '0' }, { titleId: newId(), others });
  }

  it('is promised by one turn, and by the next one after it was done', async () => {
    const sessionId = await storedSession(test.database, userId);
    await test.dataSource.query('UPDATE sessions SET title = NULL WHERE id = $1', [sessionId]);
    for (let turn = 0; turn < 4; turn++) await closeWithSummary(sessionId);
    await closeWithSummary(await storedSession(test.database, userId));
    const once = ['session.summary', 'session.summary', 'session.title'];
    expect((await openKinds()).filter((kind) => kind !== 'memory.add')).toEqual(once);
    await test.dataSource.query('UPDATE outbox SET done_at = now() WHERE user_id = $1', [userId]);
    await closeWithSummary(sessionId);
    expect(await openKinds()).toEqual(['memory.add', 'session.summary', 'session.title']);
  });
});
