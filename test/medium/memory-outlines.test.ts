import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { NO_ID } from '../../src/storage/memories/memory-queries.js';
import { MemoryRepository, type NewMemory } from '../../src/storage/memories/memory.repository.js';
import { storedSession, storedTurn } from '../factories/whole-account.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

let test: TestDatabase;
let userId: string;
/** Two instances of the server. */
let one: MemoryRepository;
let other: MemoryRepository;

const memory = (text: string, id = newId()): NewMemory => ({
  id,
  userId,
  sessionId: null,
  messageId: null,
  turnId: null,
  kind: 'kept',
  text,
  hash: Buffer.from(text),
  outline: text,
  vector: null,
  createdAt: new Date('2026-01-02T03:04:05Z'),
});

const comparedBy = async (repository: MemoryRepository) =>
  (await repository.outlines(userId)).map(({ outline }) => outline);
const both = async () => [await comparedBy(one), await comparedBy(other)];

beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(async () => {
  userId = await storedUser(test.database);
  one = new MemoryRepository(test.database);
  other = new MemoryRepository(test.database);
});

describe('what searches compare', () => {
  it('is what is there, whichever instance is asked and whichever wrote it', async () => {
    expect(await both()).toEqual([[], []]);
    const { id } = await one.keep(memory('first'));
    expect(await both()).toEqual([['first'], ['first']]);
    await other.keep(memory('second'));
    await other.keep(memory('third'));
    expect(await both()).toEqual([
      ['first', 'second', 'third'],
      ['first', 'second', 'third'],
    ]);
    await one.remove(userId, id);
    expect(await both()).toEqual([
      ['second', 'third'],
      ['second', 'third'],
    ]);
    await other.removeAll(userId);
    expect(await both()).toEqual([[], []]);
  });

  it('is read once as long as nothing happens', async () => {
    await one.keep(memory('first'));
    const before = await one.outlines(userId);
    expect(await one.outlines(userId)).toBe(before);
    await other.keep(memory('second'));
    expect((await one.outlines(userId))[0]).toBe(before[0]);
  });

  it('has also what was committed late', async () => {
    const early = newId();
    await one.keep(memory('late one'));
    expect(await comparedBy(one)).toEqual(['late one']);
    await other.keep(memory('early one', early));
    expect(await both()).toEqual([
      ['early one', 'late one'],
      ['early one', 'late one'],
    ]);
  });

  // Bug: whoever had a memory changed was read whole together with others, who waited for that.
  it('is asked for alone where more has happened than that something was added', async () => {
    await other.keep(memory('first'));
    await one.outlines(userId);
    await other.keep(memory('first'));
    const asked = vi.spyOn(test.database, 'lookUp');
    await one.outlines(userId);
    expect(asked.mock.calls.map(([, , values]) => values[3])).toEqual([[expect.stringMatching(/[1-9a-f]/)], [NO_ID]]);
    asked.mockRestore();
  });

  it('tells when something was said again', async () => {
    await one.keep(memory('first'));
    await one.outlines(userId);
    const again = new Date('2026-02-03T04:05:06Z');
    await other.keep({ ...memory('first'), createdAt: again });
    expect((await one.outlines(userId)).map(({ createdAt }) => createdAt)).toEqual([again]);
  });

  it('is complete where several searches and writes run at a time', async () => {
    const texts = Array.from({ length: 20 }, (_, at) => `number ${at}`);
    await Promise.all(
      texts.map(async (text, at) => {
        await (at % 2 ? one : other).keep(memory(text));
        await Promise.all([one.outlines(userId), other.outlines(userId)]);
      }),
    );
    for (const compared of await both()) {
      expect(compared).toHaveLength(texts.length);
      expect(new Set(compared)).toEqual(new Set(texts));
    }
  });

  it('is each user’s own, and gone with them', async () => {
    await one.keep(memory('mine'));
    const stranger = await storedUser(test.database);
    expect(await one.outlines(stranger)).toEqual([]);
    await one.outlines(userId);
    await test.dataSource.query('DELETE FROM users WHERE id = $1', [userId]);
    expect(await both()).toEqual([[], []]);
  });
});

describe('what was found', () => {
  const TEXT = 'Tea\tat "four",\r\nwith a \\ and 🫖';
  const found = async (repository: MemoryRepository) => {
    const ids = (await repository.outlines(userId)).map(({ id }) => id);
    return (await repository.read(userId, ids)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };

  /** Another instance has never seen the user, and asks the database for everything. */
  const stranger = () => new MemoryRepository(test.database);

  it('is the same whether it was known or is read', async () => {
    await other.keep(memory('first'));
    await one.outlines(userId);
    const { sessionId, messageId } = await storedTurn(
      test.database,
      userId,
      await storedSession(test.database, userId),
      'Hello',
    );
    await other.keep({ ...memory(TEXT), outline: 'tea four', sessionId, messageId });
    const known = await found(one);
    expect(known.map(({ text }) => text).toSorted()).toEqual([TEXT, 'first'].toSorted());
    expect(await found(one)).toEqual(known);
    expect(await found(stranger())).toEqual(known);
  });

  it('is not read twice, nor at all where it came with what is new', async () => {
    const asked = vi.spyOn(test.database, 'lookUp');
    const reads = () => asked.mock.calls.filter(([name]) => name === 'memory_read').length;
    await other.keep(memory('first'));
    await one.outlines(userId);
    await other.keep(memory('second'));
    await found(one);
    expect(reads()).toBe(1);
    await found(one);
    expect(reads()).toBe(1);
    asked.mockRestore();
  });

  it('is as it was said last, and not what is gone', async () => {
    await other.keep(memory('first'));
    await other.keep(memory('second'));
    const [{ id } = { id: '' }] = await found(one);
    const again = new Date('2026-02-03T04:05:06Z');
    await other.keep({ ...memory('first'), createdAt: again });
    expect((await found(one)).find(({ text }) => text === 'first')?.createdAt).toEqual(again);
    await other.remove(userId, id);
    expect((await found(one)).map(({ text }) => text)).toEqual(['second']);
  });
});
