import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { UsageRepository } from '../../src/storage/usage/usage.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

let test: TestDatabase;
let usage: UsageRepository;
beforeAll(async () => {
  test = await testDatabase();
  usage = new UsageRepository(test.database);
});

const entry = (userId: string, change: object = {}) => ({
  id: newId(),
  userId,
  model: 'm',
  personalityId: 'p',
  promptTokens: 3,
  completionTokens: 5,
  costUsd: '0',
  ...change,
});

const daily = (userId: string): Promise<Record<string, unknown>[]> =>
  test.dataSource.query(
    `SELECT to_char(day, 'YYYY-MM-DD') AS day, model, personality_id, requests::int, prompt_tokens::int, completion_tokens::int
     FROM usage_daily WHERE user_id = $1 ORDER BY 1, 2, 3`,
    [userId],
  );

const left = async (userId: string) => {
  const rows: unknown = await test.dataSource.query('SELECT id FROM usage_events WHERE user_id = $1', [userId]);
  return (rows as unknown[]).length;
};

/** Until nobody, whoever it belongs to, has an entry left. */
async function rollUpAll(limit: number): Promise<void> {
  while ((await usage.rollUp(limit)) > 0);
}

describe('usage.rollUp', () => {
  it('sums up by user, UTC day, model and personality, exactly', async () => {
    const [ana, ben] = await Promise.all([storedUser(test.database), storedUser(test.database)]);
    await Promise.all([
      usage.add(entry(ana)),
      usage.add(entry(ana, { promptTokens: 7 })),
      usage.add(entry(ana, { model: 'other' })),
      usage.add(entry(ana, { personalityId: 'q' })),
      usage.add(entry(ben)),
    ]);
    await test.dataSource.query(
      `INSERT INTO usage_events (id, user_id, model, personality_id, prompt_tokens, completion_tokens, created_at)
       VALUES ($1, $3, 'm', 'p', 1, 1, '2024-01-01T23:59:59.999Z'), ($2, $3, 'm', 'p', 1, 1, '2024-01-02T00:00:00Z')`,
      [newId(), newId(), ana],
    );
    await rollUpAll(1000);
    const today = new Date().toISOString().slice(0, 10);
    const sum = (day: string, model: string, personalityId: string, counts: number[]) => ({
      day,
      model,
      personality_id: personalityId,
      requests: counts[0],
      prompt_tokens: counts[1],
      completion_tokens: counts[2],
    });
    expect(await daily(ana)).toEqual([
      sum('2024-01-01', 'm', 'p', [1, 1, 1]),
      sum('2024-01-02', 'm', 'p', [1, 1, 1]),
      sum(today, 'm', 'p', [2, 10, 10]),
      sum(today, 'm', 'q', [1, 3, 5]),
      sum(today, 'other', 'p', [1, 3, 5]),
    ]);
    expect(await daily(ben)).toEqual([sum(today, 'm', 'p', [1, 3, 5])]);
    expect(await left(ana)).toBe(0);
  });

  it('adds to sums that are there, and does nothing where there is nothing', async () => {
    const user = await storedUser(test.database);
    await usage.add(entry(user));
    await rollUpAll(1000);
    await usage.add(entry(user));
    await rollUpAll(1000);
    await rollUpAll(1000);
    expect(await daily(user)).toMatchObject([{ requests: 2, prompt_tokens: 6, completion_tokens: 10 }]);
  });

  it('takes as many as it is told, and says how many it took', async () => {
    await rollUpAll(1000);
    const user = await storedUser(test.database);
    for (let index = 0; index < 5; index += 1) await usage.add(entry(user));
    expect([await usage.rollUp(2), await usage.rollUp(2), await usage.rollUp(2), await usage.rollUp(2)]).toEqual([
      2, 2, 1, 0,
    ]);
  });

  it('counts each entry exactly once, however many roll up at once and while more come in', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => storedUser(test.database)));
    const entries = users.flatMap((user) =>
      Array.from({ length: 60 }, (_, index) => entry(user, { model: `m${index % 3}` })),
    );
    await Promise.all(entries.slice(0, 150).map((one) => usage.add(one)));
    await Promise.all([
      ...entries.slice(150).map((one) => usage.add(one)),
      ...Array.from({ length: 8 }, () => rollUpAll(7)),
    ]);
    await rollUpAll(1000);
    for (const user of users) {
      expect(await daily(user)).toMatchObject(
        ['m0', 'm1', 'm2'].map((model) => ({ model, requests: 20, prompt_tokens: 60, completion_tokens: 100 })),
      );
    }
  });
});
