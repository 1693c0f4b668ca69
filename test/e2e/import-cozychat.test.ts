import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.js';
import { cozyChat, cozyUser, OLD_PASSWORD } from '../factories/cozychat.js';
import { call } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin, signIn } from '../setup/admin.js';
import { startTestServer, type Stores, testStores } from '../setup/test-server.js';

const COMMAND = path.resolve(import.meta.dirname, '../../dist/commands/import-cozychat.js');
const rows = cozyChat('xiaoming');
let stores: Stores & { remove(): Promise<void> };
let file: string;

beforeAll(async () => {
  stores = await testStores();
  file = path.join(stores.dataDir, 'cozychat.json');
  rows.users.push(cozyUser('gone', { status: 'deleted' }));
  writeFileSync(file, JSON.stringify(rows));
});
afterAll(() => stores.remove());

async function importCozyChat(...args: string[]) {
  const database = stores.database ? { DATABASE_URL: stores.database.url } : {};
  const options = { env: { PATH: process.env['PATH'], DATA_DIR: stores.dataDir, ...database } };
  return promisify(execFile)(process.execPath, [COMMAND, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

/** The stored hash of the account's password, read while no server has the database. */
async function hashNow(): Promise<string | undefined> {
  const embedded = stores.database
    ? undefined
    : await startEmbeddedPostgres({ dataDir: path.join(stores.dataDir, 'postgres') });
  const client = new Client(embedded?.poolConfig ?? { connectionString: stores.database?.url });
  await client.connect();
  const { rows: found } = await client.query<{ hash: string }>(
    'SELECT password_hash AS hash FROM users WHERE username = $1',
    ['xiaoming'],
  );
  await client.end();
  await embedded?.close();
  return found[0]?.hash;
}

describe('npm run import:cozychat', () => {
  it('brings accounts, tells what it left out, and may be run again', { timeout: 180_000 }, async () => {
    const report = path.join(stores.dataDir, 'report.json');
    const first = await importCozyChat('--file', file, '--report', report);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('users: 2 read, 1 added, 0 here already, 1 left out');
    expect(first.stdout).toContain('messages: 3 read, 3 added');
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      problems: [{ part: 'users', id: rows.users[1]?.['id'], kind: 'left out', reason: 'the account was deleted' }],
    });
    const again = await importCozyChat('--file', file);
    expect(again.stdout).toContain('messages: 3 read, 0 added, 3 here already');
  });

  it('brings people who sign in with their old password and find what they said', { timeout: 180_000 }, async () => {
    const server = await startTestServer({ env: { LOG_LEVEL: 'info', ...ADMIN_ENV }, from: stores });
    try {
      const wrong = { username: 'xiaoming', password: 'not this one' };
      expect((await call(server.url, 'POST', '/v1/users/login', { body: wrong })).status).toBe(401);
      await signIn(server.url, 'xiaoming', OLD_PASSWORD);
      const account = await signIn(server.url, 'xiaoming@example.com', OLD_PASSWORD);
      const { body } = await account.call('GET', '/v1/sessions');
      expect(body.sessions).toMatchObject([{ title: '喝茶', personality_id: 'health_assistant', message_count: 3 }]);
      const session = await account.call('GET', `/v1/sessions/${body.sessions[0].session_id as string}`);
      expect(session.body.messages.map(({ content }: { content: string }) => content)).toEqual([
        'Welcome!',
        'Which tea?',
        'Green.',
      ]);
      const admin = await firstAdmin(server.url);
      const events = async () =>
        (await admin.call('GET', '/v1/admin/audit?action=admin.import')).body.items as { details: object }[];
      await expect.poll(async () => (await events()).length, { timeout: 20_000 }).toBe(2);
    } finally {
      await server.stop();
    }
    expect(await hashNow()).toMatch(/^\$argon2id\$/);
  });

  it.each([
    ['nothing given', [], 'npm run import:cozychat'],
    ['two sources', ['--file', 'x', '--from', 'postgres://x'], 'npm run import:cozychat'],
    ['an unknown option', ['--users'], '--users'],
    ['a file that is not there', ['--file', '/nowhere.json'], 'no such file'],
    ['a database that is not there', ['--from', 'postgres://someone:hush@127.0.0.1:1/x'], 'ECONNREFUSED'],
  ])('with %s says what is wrong', async (_, args, words) => {
    const { code, stdout, stderr } = await importCozyChat(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at |hush/m);
  });
});
