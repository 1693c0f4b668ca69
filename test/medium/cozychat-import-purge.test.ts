import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CozyChatImport } from '../../src/orchestration/imports/cozychat-import.js';
import { fileSource } from '../../src/orchestration/imports/cozychat-source.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { ImportRepository } from '../../src/storage/imports/import.repository.js';
import { MessageRepository } from '../../src/storage/messages/message.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { type CozyChatRows, cozyChat } from '../factories/cozychat.js';
import { type TestDatabase, testDatabase } from '../setup/test-database.js';

let test: TestDatabase;
let target: ImportRepository;
let sessions: SessionRepository;
let rows: CozyChatRows;

const bring = (from: CozyChatRows) =>
  new CozyChatImport(fileSource(JSON.stringify(from)), target, { keepAdmins: false, isDryRun: false }).run();

const userId = () => String(rows.users[0]?.['id']);
const sessionId = () => String(rows.sessions[0]?.['id']);
const said = async () =>
  (await new MessageRepository(test.database).list(sessionId(), userId(), 1000)).map(({ seq, role, content }) => [
    seq,
    role,
    content,
  ]);

beforeAll(async () => {
  test = await testDatabase();
  target = new ImportRepository(test.database);
  sessions = new SessionRepository(test.database);
});
beforeEach(() => {
  rows = cozyChat(`old${randomUUID().slice(0, 8)}`);
});

describe('brought once more after what was deleted here is gone', () => {
  const KEPT = { usage: 0, deadLetters: 0, apiKeys: 0, refreshTokens: 30 };
  const purge = async () => {
    for (const table of ['sessions', 'messages']) {
      await test.dataSource.query(
        `UPDATE ${table} SET deleted_at = deleted_at - interval '31 days' WHERE user_id = $1 AND deleted_at IS NOT NULL`,
        [userId()],
      );
    }
    const { failures } = await new ExpiryRepository(test.database).deleteRetained({ ...KEPT, deleted: 30 });
    expect(failures).toEqual([]);
  };
  const count = async (table: string) => {
    const found = await test.dataSource.query<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM ${table} WHERE user_id = $1`,
      [userId()],
    );
    return found[0]?.n;
  };

  // Bug: after 30 days nothing knew of them, and both came back.
  it.each([true, false])('a session stays deleted (it was brought with a mark of its own: %s)', async (isMarked) => {
    await bring(rows);
    if (!isMarked) await test.dataSource.query(`UPDATE sessions SET metadata = '{}' WHERE id = $1`, [sessionId()]);
    await sessions.delete(sessionId(), userId());
    await purge();
    expect([await count('sessions'), await count('messages')]).toEqual([0, 0]);
    const { problems } = await bring(rows);
    expect(problems).toMatchObject([{ part: 'sessions', id: sessionId(), kind: 'left out' }]);
    expect([await count('sessions'), await count('messages'), await count('forgotten_imports')]).toEqual([0, 0, 1]);
  });

  it('a session without messages stays deleted', async () => {
    rows.messages = [];
    await bring(rows);
    await sessions.delete(sessionId(), userId());
    await purge();
    await bring(rows);
    expect(await count('sessions')).toBe(0);
  });

  it('a message stays deleted, and the others are there', async () => {
    await bring(rows);
    await test.dataSource.query('UPDATE messages SET deleted_at = now() WHERE session_id = $1 AND seq = 2', [
      sessionId(),
    ]);
    await purge();
    expect((await bring(rows)).counts.messages).toEqual({ read: 3, added: 0, known: 3, leftOut: 0 });
    expect(await said()).toEqual([
      [1, 'assistant', 'Welcome!'],
      [3, 'assistant', 'Green.'],
    ]);
  });

  it('nothing is kept of what was said here', async () => {
    await bring(rows);
    await test.dataSource.query(`UPDATE messages SET metadata = '{}' WHERE session_id = $1`, [sessionId()]);
    await test.dataSource.query('UPDATE messages SET deleted_at = now() WHERE session_id = $1', [sessionId()]);
    await purge();
    expect([await count('messages'), await count('forgotten_imports')]).toEqual([0, 0]);
  });
});
