import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { emptyDatabase, storedUser, type TestDatabase } from '../setup/test-database.js';

let test: TestDatabase;
let outbox: OutboxRepository;
let userId: string;

/** A database of its own: `takeDue` takes whatever is due, whoever it belongs to. */
beforeAll(async () => {
  test = await emptyDatabase();
  await test.dataSource.runMigrations();
  outbox = new OutboxRepository(test.database);
  userId = await storedUser(test.database);
});
afterAll(() => test.remove());
beforeEach(() => test.dataSource.query('DELETE FROM outbox'));

async function add(count: number, availableAt = 'now()'): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  for (const id of ids) {
    await test.dataSource.query(
      `INSERT INTO outbox (id, kind, user_id, turn_id, available_at) VALUES ($1, 'k', $2, $3, ${availableAt})`,
      [id, userId, newId()],
    );
  }
  return ids;
}

const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id).toSorted();

describe('outbox.takeDue', () => {
  it('hands each row to exactly one of many relays at once', async () => {
    const ids = await add(100);
    const relay = async () => {
      const taken = [];
      let rows;
      do {
        rows = await outbox.takeDue(7, 600);
        taken.push(...rows);
      } while (rows.length > 0);
      return taken;
    };
    const taken = (await Promise.all(Array.from({ length: 6 }, relay))).flat();
    // A relay that finds the rest locked by others ends early: whatever is left is still due.
    const rest = await relay();
    expect(idsOf([...taken, ...rest])).toEqual(ids.toSorted());
  });

  it('gives what a job needs to know', async () => {
    const [id] = await add(1);
    expect(await outbox.takeDue(1, 600)).toEqual([
      { id, kind: 'k', userId, sessionId: null, traceparent: null, turnId: expect.any(String), attempts: 0 },
    ]);
  });

  it('hides what it handed over, and hands it over again after that', async () => {
    const ids = await add(2);
    expect(idsOf(await outbox.takeDue(10, 600))).toEqual(ids.toSorted());
    expect(await outbox.takeDue(10, 600)).toEqual([]);
    expect(await outbox.findOpen([ids[0] ?? ''])).toMatchObject([{ id: ids[0] }]);
    await test.dataSource.query(`UPDATE outbox SET available_at = now() - interval '1 second'`);
    expect(idsOf(await outbox.takeDue(10, 600))).toEqual(ids.toSorted());
  });

  it('hands over some kinds only, where there is room for no others', async () => {
    const ids = await add(2);
    await test.dataSource.query(`UPDATE outbox SET kind = 'quick' WHERE id = $1`, [ids[1]]);
    expect(idsOf(await outbox.takeDue(10, 600, ['quick']))).toEqual([ids[1]]);
    expect(idsOf(await outbox.takeDue(10, 600))).toEqual([ids[0]]);
  });

  it('leaves what is not due yet, done or given up', async () => {
    await add(1, `now() + interval '1 minute'`);
    const [done = '', dead = ''] = await add(2);
    await outbox.close([done]);
    await outbox.noteFailure([dead], 'ENGINE_FAILED', true, 0);
    expect(await outbox.takeDue(10, 600)).toEqual([]);
    expect(await outbox.findOpen([done, dead])).toEqual([]);
  });

  it('takes the longest waiting first, as many as it is told', async () => {
    const late = await add(2, `now() - interval '1 minute'`);
    const later = await add(2, `now() - interval '1 hour'`);
    expect(idsOf(await outbox.takeDue(2, 600))).toEqual(later.toSorted());
    expect(idsOf(await outbox.takeDue(2, 600))).toEqual(late.toSorted());
  });

  it('counts failed attempts until the last', async () => {
    const [id = ''] = await add(1);
    await outbox.noteFailure([id], 'ENGINE_TIMEOUT', false, 0);
    expect(await outbox.findOpen([id])).toMatchObject([{ attempts: 1 }]);
    await outbox.noteFailure([id], 'ENGINE_FAILED', true, 0);
    const rows: unknown = await test.dataSource.query('SELECT attempts, last_error_code, dead_at FROM outbox');
    expect(rows).toEqual([{ attempts: 2, last_error_code: 'ENGINE_FAILED', dead_at: expect.any(Date) }]);
  });

  it('a second failure that is not the last does not bring a dead row back to life', async () => {
    const [id = ''] = await add(1);
    await outbox.noteFailure([id], 'ENGINE_FAILED', true, 0);
    await outbox.noteFailure([id], 'ENGINE_TIMEOUT', false, 0);
    expect(await outbox.findOpen([id])).toEqual([]);
  });

  it('deletes what has long been done and nothing else', async () => {
    const [open, fresh = '', old = ''] = await add(3);
    await Promise.all([outbox.close([fresh]), outbox.close([old])]);
    await test.dataSource.query(`UPDATE outbox SET done_at = now() - interval '25 hours' WHERE id = $1`, [old]);
    await new ExpiryRepository(test.database).deleteExpired();
    const rows: unknown = await test.dataSource.query('SELECT id FROM outbox');
    expect(idsOf(rows as { id: string }[])).toEqual([open ?? '', fresh].toSorted());
  });
});

describe('the backlog', () => {
  it('counts what is due or was tried as far as it is told, not what waits for more to come, and how long the oldest has been due', async () => {
    const [first, ...others] = await add(3);
    const due = (ids: unknown[], at: string) =>
      test.dataSource.query(`UPDATE outbox SET due_at = ${at} WHERE id = ANY($1)`, [ids]);
    await due([first], `now() - interval '1 hour'`);
    await due(others, `now() + interval '1 hour'`);
    const backlog = await outbox.backlog(10_000);
    expect(backlog.open).toBe(1);
    expect(backlog.oldestSeconds).toBeGreaterThanOrEqual(3600);
    await outbox.noteFailure(others, 'ENGINE_TIMEOUT', false, 3600);
    expect((await outbox.backlog(10_000)).open).toBe(3);
    expect((await outbox.backlog(2)).open).toBe(2);
  });
});
