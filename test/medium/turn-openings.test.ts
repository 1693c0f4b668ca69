import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { MessageRepository } from '../../src/storage/messages/message.repository.js';
import { type HistoryMessage, type OpenedSession, TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { newMessage, storedSession, usageOf } from '../factories/whole-account.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';
import { onServices } from '../setup/test-lane.js';

interface Running {
  key: { sessionId: string; userId: string; turnId: string };
  opened: OpenedSession | undefined;
}

const LIMIT = 6;

let test: TestDatabase;
let turns: TurnRepository;
let elsewhere: TurnRepository;
let userId: string;
let sessionId: string;

beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(async () => {
  turns = new TurnRepository(test.database);
  elsewhere = new TurnRepository(test.database);
  userId = await storedUser(test.database);
  sessionId = await storedSession(test.database, userId);
});

async function open(text: string, of = sessionId, by = turns): Promise<Running> {
  const key = { sessionId: of, userId, turnId: newId() };
  return { key, opened: await by.openAnswered(key, [newMessage(text)], LIMIT) };
}

async function answer({ key, opened }: Running, by = turns): Promise<void> {
  const jobs = { titleId: newId(), others: [] };
  const said = newMessage(`answer ${opened?.seq}`, 'assistant');
  await by.close(key, opened?.seq ?? 0, said, { ...usageOf(), costUsd: '0' }, jobs);
}

async function wholeTurns(count: number, by = turns): Promise<void> {
  for (let turn = 0; turn < count; turn++) await answer(await open('said', sessionId, by), by);
}

const placesOf = (messages: readonly HistoryMessage[] | undefined) => messages?.map(({ seq }) => seq);

/** What is opened here tells of the history what somebody tells who reads all of it. */
async function expectWhole(): Promise<HistoryMessage[]> {
  const whole = await elsewhere.history(sessionId, userId, LIMIT);
  const { opened } = await open('next');
  expect(opened).toEqual({ ...whole, seq: opened?.seq });
  return opened?.messages ?? [];
}

describe('the history of a session that goes on', () => {
  it('is the last messages, whoever has added them', async () => {
    await wholeTurns(1);
    await wholeTurns(1, elsewhere);
    await wholeTurns(2);
    expect(placesOf(await expectWhole())).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('is read anew where more has been added elsewhere than is asked for', async () => {
    await wholeTurns(2);
    await wholeTurns(LIMIT, elsewhere);
    expect(placesOf(await expectWhole())).toEqual([11, 12, 13, 14, 15, 16]);
  });

  it('counts what is older than it and in no summary', async () => {
    await wholeTurns(5);
    const { opened } = await open('next');
    expect(opened).toMatchObject({ unseen: 4, summary: null });
  });

  it('holds an answer that came later to its place than others after it', async () => {
    await wholeTurns(1);
    const slow = await open('slow');
    // Nothing is stored where the last message is not answered: these were sent knowing that.
    const quick = { sessionId, userId, turnId: newId() };
    const seq = await turns.open(quick, [newMessage('quick')]);
    await answer({ key: quick, opened: { ...slow.opened, seq } as OpenedSession });
    await answer(await open('after both'));
    await answer(slow);
    expect(placesOf(await expectWhole())).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('is without a message that was deleted', async () => {
    await wholeTurns(2);
    const messages = new MessageRepository(test.database);
    const [first] = await messages.list(sessionId, userId, 1);
    const place = { sessionId, userId, turnId: first?.turnId ?? '', role: 'user' as const, content: null };
    expect(await messages.remove(place)).toBe(true);
    expect(placesOf(await expectWhole())).toEqual([2, 3, 4]);
  });

  it('tells what a message says now that was changed in the database by hand', async () => {
    await wholeTurns(2);
    await test.dataSource.query(`UPDATE messages SET content = 'blotted out' WHERE session_id = $1 AND seq = 1`, [
      sessionId,
    ]);
    expect((await expectWhole())[0]?.content).toBe('blotted out');
  });

  it('is as long as it is asked for', async () => {
    await wholeTurns(3);
    const key = { sessionId, userId, turnId: newId() };
    const opened = await turns.openAnswered(key, [newMessage('more')], 100);
    expect(placesOf(opened?.messages)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is read whole where it is long, and again once it is not', async () => {
    const long = 'x'.repeat(300_000);
    for (let turn = 0; turn < 3; turn++) await answer(await open(long));
    expect((await expectWhole()).map(({ content }) => content?.length)).toEqual([300_000, 8, 300_000, 8, 300_000, 8]);
    for (let turn = 0; turn < 3; turn++) {
      const seq = await turns.open({ sessionId, userId, turnId: newId() }, [newMessage('short')]);
      await answer({ key: { sessionId, userId, turnId: newId() }, opened: { seq } as OpenedSession });
    }
    expect(placesOf(await expectWhole())).toEqual([9, 10, 11, 12, 13, 14]);
  });

  it('is nobody else’s', async () => {
    await wholeTurns(2);
    const stranger = { sessionId, userId: await storedUser(test.database), turnId: newId() };
    expect(await turns.openAnswered(stranger, [newMessage('mine?')], LIMIT)).toBeUndefined();
  });
});

describe('turns that begin at the same time', () => {
  it('are stored each in its session, also several of one', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => storedSession(test.database, userId)));
    const keys = Array.from({ length: 30 }, (_, at) => ({
      sessionId: sessions[at % 3] ?? '',
      userId,
      turnId: newId(),
    }));
    const opened = await Promise.all(keys.map((key) => turns.openAfter(key, [newMessage(key.turnId)], LIMIT, null)));
    const rows = await test.dataSource.query<{ id: string; of: string; turn: string; seq: number; content: string }[]>(
      `SELECT session_id AS of, turn_id AS turn, seq::float8 AS seq, content FROM messages WHERE user_id = $1`,
      [userId],
    );
    expect(rows).toHaveLength(30);
    for (const [at, key] of keys.entries()) {
      const seq = (opened[at]?.seq ?? 0) - 1;
      expect(rows).toContainEqual({ of: key.sessionId, turn: key.turnId, seq, content: key.turnId });
    }
  });

  it('of one session keep their order: the one that was asked for last was stored first', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => storedSession(test.database, userId)));
    const [one = '', two = '', three = ''] = sessions;
    // The first two are under way; those after them go together.
    const running = await Promise.all([open('a', one), open('b', two), open('first', three), open('second', three)]);
    expect(running.map(({ opened }) => opened?.seq)).toEqual([2, 2, 2, null]);
  });

  it('tell those whose session is gone, and no other', async () => {
    const sessions = await Promise.all([1, 2, 3, 4].map(() => storedSession(test.database, userId)));
    await test.dataSource.query('UPDATE sessions SET deleted_at = now() WHERE id = $1', [sessions[2]]);
    const running = await Promise.all(sessions.map((of) => open('Hello', of)));
    expect(running.map(({ opened }) => opened?.seq)).toEqual([2, 2, undefined, 2]);
  });

  // The embedded database has one session: whoever holds a row there holds up everybody.
  it.runIf(onServices)('wait for nobody whose session somebody else is at (on real Postgres)', async () => {
    const sessions = await Promise.all([1, 2, 3, 4, 5].map(() => storedSession(test.database, userId)));
    const other = test.dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE', [sessions[1]]);
    const opening = sessions.map((of) => open('Hello', of));
    const others = await Promise.all(opening.filter((_, at) => at !== 1));
    expect(others.map(({ opened }) => opened?.seq)).toEqual([2, 2, 2, 2]);
    await other.commitTransaction();
    await other.release();
    expect((await opening[1])?.opened?.seq).toBe(2);
  });
});
