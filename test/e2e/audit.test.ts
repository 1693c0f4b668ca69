import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Account, call, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { expectRefusal } from '../setup/refusal.js';
import { NEEDS_SERVICES, sql } from '../setup/sql.js';
import { ownServer, startTestServer, type Stores, testStores } from '../setup/test-server.js';
import { onServices } from '../setup/test-lane.js';

interface Item {
  seq: number;
  action: string;
  level: string;
  outcome: string;
  actor_id: string | null;
  subject: string | null;
  request_id: string | null;
  details: Record<string, unknown>;
  created_at: string;
  key_id: string;
}

const server = ownServer(() => ({ env: { ...ADMIN_ENV, AI_PROVIDER: 'demo' } }));
let url: string;
let admin: Account;
let user: Account;

beforeAll(async () => {
  ({ url } = await server());
  [admin, user] = await Promise.all([firstAdmin(url), newAccount(url)]);
});

async function items(query: string): Promise<Item[]> {
  const { status, body } = await admin.call('GET', `/v1/admin/audit?${query}`);
  expect(status).toBe(200);
  return body.items as Item[];
}

/** An event is in the chain within seconds of its answer. */
async function eventually(query: string, count = 1): Promise<Item[]> {
  await expect.poll(() => items(query), { timeout: 15_000 }).toHaveLength(count);
  return items(query);
}

const login = (password: string, username = user.username, id = 'audit-login') =>
  call(url, 'POST', '/v1/users/login', { body: { username, password }, headers: { 'X-Request-Id': id } });

describe('what is put on record', () => {
  it('a sign-in with a wrong password: to whose account, in which request, and never the password', async () => {
    expectRefusal(await login('marked-wrong-password', user.username, 'audit-wrong'), 401, 'AUTH_INVALID_CREDENTIALS');
    const [event] = await eventually('request_id=audit-wrong');
    expect(event).toEqual({
      seq: expect.any(Number),
      action: 'auth.login',
      level: 'warning',
      actor_id: null,
      subject: user.id,
      request_id: 'audit-wrong',
      outcome: 'refused',
      details: { reason: 'AUTH_INVALID_CREDENTIALS' },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      key_id: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(JSON.stringify(event)).not.toContain('marked');
  });

  it('a sign-in as nobody: not even the name, which may have been the password', async () => {
    await login('x', 'marked-nobody', 'audit-nobody');
    const [event] = await eventually('request_id=audit-nobody');
    expect(event).toMatchObject({ action: 'auth.login', subject: null, details: { login_sha256: expect.any(String) } });
    expect(JSON.stringify(event)).not.toContain('marked');
  });

  it('registration, sign-in and sign-out', async () => {
    const other = await newAccount(url);
    await login(other.password, other.username);
    expect((await other.call('POST', '/v1/auth/logout')).status).toBe(200);
    const events = await eventually(`actor_id=${other.id}`, 3);
    expect(events.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'auth.logout success',
      'auth.login success',
      'auth.register success',
    ]);
    expect(events[1]?.details).toEqual({ second_factor: 'none' });
  });

  it('a refresh token that was used twice, as critical', async () => {
    const other = await newAccount(url);
    const refresh = () => call(url, 'POST', '/v1/auth/refresh', { body: { refresh_token: other.refreshToken } });
    await refresh();
    expectRefusal(await refresh(), 401, 'AUTH_REFRESH_REUSED');
    const events = await eventually('level=critical&action=auth.refresh');
    expect(events[0]).toMatchObject({ subject: other.id, outcome: 'refused' });
  });

  it('API keys, made and revoked, without the key', async () => {
    const { body } = await user.call('POST', '/v1/api-keys', { name: 'mine' });
    await user.call('DELETE', `/v1/api-keys/${body.id}`);
    const [made] = await eventually('action=api_key.create');
    expect(made).toMatchObject({
      actor_id: user.id,
      subject: body.id,
      details: { scopes: ['chat:read', 'chat:write'] },
    });
    expect(await eventually('action=api_key.revoke')).toMatchObject([{ actor_id: user.id, subject: body.id }]);
    expect(JSON.stringify(made)).not.toContain(body.key);
  });

  it('reloaded personalities, and the first admin', async () => {
    await admin.call('POST', '/v1/personalities/reload');
    expect(await eventually('action=personality.reload')).toMatchObject([{ actor_id: admin.id, outcome: 'success' }]);
    expect(await eventually('action=admin.create')).toMatchObject([{ subject: admin.id, actor_id: null }]);
  });

  it('wrong tokens, but not each of a flood of them', async () => {
    const wrong = () => call(url, 'GET', '/v1/users/me', { token: 'no-token-at-all' });
    await Promise.all(Array.from({ length: 50 }, wrong));
    const events = await eventually('action=auth.credentials');
    expect(events[0]).toMatchObject({
      outcome: 'refused',
      details: { reason: 'AUTH_TOKEN_INVALID', kind: 'access_token' },
    });
  });
});

describe('kill -9 between the event and its place in the chain', () => {
  it('loses nothing and doubles nothing', { timeout: 60_000 }, async () => {
    const stores = await testStores();
    try {
      // The role "api" chains nothing.
      const first = await startTestServer({ from: stores, env: { ...ADMIN_ENV, ROLE: 'api' } });
      const people = await Promise.all(Array.from({ length: 5 }, () => newAccount(first.url)));
      await first.stop('SIGKILL');
      const second = await startTestServer({ from: stores, env: ADMIN_ENV });
      const again = await firstAdmin(second.url);
      const registered = async () =>
        (await again.call('GET', '/v1/admin/audit?action=auth.register')).body.items as Item[];
      await expect.poll(registered, { timeout: 15_000 }).toHaveLength(people.length);
      const subjects = new Set((await registered()).map(({ subject }) => subject));
      expect(subjects).toEqual(new Set(people.map(({ id }) => id)));
      await second.stop();
    } finally {
      await stores.remove();
    }
  });
});

describe('GET /v1/admin/audit', () => {
  it('is for admins', async () => {
    expectRefusal(await user.call('GET', '/v1/admin/audit'), 403, 'AUTH_FORBIDDEN');
    expectRefusal(await call(url, 'GET', '/v1/admin/audit'), 401, 'AUTH_REQUIRED');
    const make = async (scopes: string[]) => (await admin.call('POST', '/v1/api-keys', { name: 'k', scopes })).body.key;
    const asKey = async (scopes: string[]) => call(url, 'GET', '/v1/admin/audit', { token: await make(scopes) });
    expect((await asKey(['admin'])).status).toBe(200);
    expectRefusal(await asKey(['chat:read']), 403, 'AUTH_SCOPE_MISSING');
  });

  it('goes back page by page without a gap', async () => {
    await expect.poll(async () => (await items('limit=200')).length, { timeout: 15_000 }).toBeGreaterThan(4);
    const [newest] = await items('limit=1');
    const seen: number[] = [];
    let cursor: string | null = String((newest?.seq ?? 0) + 1);
    while (cursor) {
      const { body } = await admin.call('GET', `/v1/admin/audit?limit=3&cursor=${cursor}`);
      seen.push(...(body.items as Item[]).map(({ seq }) => seq));
      cursor = body.next_cursor as string | null;
    }
    expect(seen).toEqual(Array.from({ length: newest?.seq ?? 0 }, (_, index) => (newest?.seq ?? 0) - index));
  });

  it('filters by time and by outcome', async () => {
    const [event] = await eventually('request_id=audit-wrong');
    const time = encodeURIComponent(event?.created_at ?? '');
    expect(await items(`request_id=audit-wrong&since=${time}`)).toHaveLength(1);
    expect(await items(`request_id=audit-wrong&until=${time}`)).toHaveLength(0);
    expect(await items('request_id=audit-wrong&outcome=refused')).toHaveLength(1);
    expect(await items('request_id=audit-wrong&outcome=success')).toHaveLength(0);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=many', 'limit'],
    ['level=loud', 'level'],
    ['outcome=good', 'outcome'],
    ['since=yesterday', 'since'],
    ['until=2026-13-01', 'until'],
    ['cursor=abc', 'cursor'],
    [`action=${'a'.repeat(65)}`, 'action'],
  ])('refuses %s and names it', async (query, param) => {
    expectRefusal(await admin.call('GET', `/v1/admin/audit?${query}`), 400, 'VALIDATION_FAILED', param);
  });
});

describe('npm run audit:verify', () => {
  const COMMAND = path.resolve(import.meta.dirname, '../../dist/commands/audit-verify.js');
  const KEY = { AUDIT_HMAC_KEY: 'the audit key of this test, long enough' };
  let stores: Stores & { remove(): Promise<void> };

  beforeAll(async () => {
    stores = await testStores();
    const folder = path.join(stores.dataDir, 'audit');
    const first = await startTestServer({ from: stores, env: { ...ADMIN_ENV, ...KEY } });
    await newAccount(first.url);
    await vi.waitUntil(() => existsSync(folder) && readdirSync(folder).length > 0, { timeout: 45_000 });
    await first.stop();
  });
  afterAll(() => stores.remove());

  async function verify(args: string[] = [], env: Record<string, string> = KEY) {
    const database = stores.database ? { DATABASE_URL: stores.database.url } : {};
    const options = { env: { PATH: process.env['PATH'], DATA_DIR: stores.dataDir, ...database, ...env } };
    return promisify(execFile)(process.execPath, [COMMAND, ...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    );
  }

  it('says 0 for a whole chain, held against the checkpoints of the file', async () => {
    const { code, stdout, stderr } = await verify();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^The audit chain is whole: rows 1 to \d+, 2 checkpoints \(1 in files\)\.\n/);
  });

  it('says 1 and the line for a file with a torn one, and checks the database all the same', async () => {
    const torn = path.join(stores.dataDir, 'torn.jsonl');
    writeFileSync(torn, '{"seq":"1","ha\n');
    const { code, stdout, stderr } = await verify(['--checkpoints', torn]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^The audit chain is BROKEN: rows 1 to \d+, 1 checkpoints \(0 in files\)\.\n/);
    expect(stdout).toContain(`  - ${torn}:1: is no checkpoint\n`);
  });

  it('says 1 for a chain of another key', async () => {
    const { code, stdout } = await verify([], { AUDIT_HMAC_KEY: 'another audit key, which is long enough' });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^The audit chain is BROKEN: .*\n {2}- the head is signed with the key \w+, which is not known/,
    );
  });

  it.skipIf(!onServices)(`says 1 and the row for an edited one (${NEEDS_SERVICES})`, async () => {
    // The first: a server that stops early may leave later ones to be chained by the next one.
    await sql(stores, 'ALTER TABLE audit_events DISABLE TRIGGER ALL');
    await sql(stores, `UPDATE audit_events SET subject = 'somebody' WHERE seq = 1`);
    const { code, stdout } = await verify();
    expect(code).toBe(1);
    expect(stdout).toContain('  - row 1 was changed, or written by somebody else\n');
  });

  it.each([
    ['a file that is not there', () => ['--checkpoints', '/nowhere/at/all'], '--checkpoints: there is no file'],
    ['a file that cannot be read', () => ['--checkpoints', stores.dataDir], 'cannot be read (EISDIR)'],
    ['an unknown option', () => ['--check', 'x'], 'npm run audit:verify'],
  ])('says 2 for %s', async (_, args, words) => {
    const { code, stdout, stderr } = await verify(args());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('says 2 where the database cannot be reached', async () => {
    const { code, stderr } = await verify([], { ...KEY, DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' });
    expect(code).toBe(2);
    expect(stderr).toContain('DATABASE_URL');
  });
});
