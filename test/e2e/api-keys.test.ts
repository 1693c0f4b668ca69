import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Account, type Answer, call, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { expectRefusal } from '../setup/refusal.js';
import { ownServer } from '../setup/test-server.js';

const server = ownServer(() => ({ env: ADMIN_ENV }));
let url: string;
let admin: Account;
let account: Account;

beforeAll(async () => {
  ({ url } = await server());
  admin = await firstAdmin(url);
});
beforeEach(async () => {
  account = await newAccount(url);
});

const hour = () => new Date(Date.now() + 3_600_000).toISOString();

async function newKey(fields: Record<string, unknown> = {}, owner = account) {
  const { status, body } = await owner.call('POST', '/v1/api-keys', { name: 'a key', ...fields });
  expect(status).toBe(201);
  return body as { id: string; key: string };
}

const by = (token: string) => (method: string, route: string, body?: unknown) =>
  call(url, method, route, { token, body });

const listed = async (query = '') => (await account.call('GET', `/v1/api-keys${query}`)).body;

describe('making an API key', () => {
  it('shows the key once, and everything else about it for good', async () => {
    const expires = hour();
    const made = await account.call('POST', '/v1/api-keys', {
      name: 'my app',
      scopes: ['audio', 'audio', 'chat:read'],
      expires_at: expires,
      rate_limit_per_minute: 60,
    });
    expect(made.status).toBe(201);
    const { key, ...rest } = made.body;
    expect(key).toMatch(/^ck_[A-Za-z0-9_-]{43}$/);
    expect(rest).toEqual({
      id: expect.any(String),
      name: 'my app',
      prefix: key.slice(0, 10),
      scopes: ['audio', 'chat:read'],
      rate_limit_per_minute: 60,
      expires_at: expires,
      last_used_at: null,
      created_at: expect.stringMatching(/Z$/),
    });
    const { items } = await listed();
    expect(items).toEqual([rest]);
    expect(JSON.stringify(items)).not.toContain(key);
  });

  it('gives the scopes of chatting unless others are asked for', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'plain' });
    expect(body).toMatchObject({ scopes: ['chat:read', 'chat:write'], expires_at: null, rate_limit_per_minute: null });
  });

  it.each([
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(81) }],
    ['name', { name: 7 }],
    ['scopes', { name: 'k', scopes: [] }],
    ['scopes', { name: 'k', scopes: 'chat:read' }],
    ['scopes', { name: 'k', scopes: ['everything'] }],
    ['scopes', { name: 'k', scopes: ['chat:read', null] }],
    ['expires_at', { name: 'k', expires_at: 'tomorrow' }],
    ['expires_at', { name: 'k', expires_at: '2020-01-01T00:00:00Z' }],
    ['expires_at', { name: 'k', expires_at: 1_900_000_000 }],
    ['rate_limit_per_minute', { name: 'k', rate_limit_per_minute: 0 }],
    ['rate_limit_per_minute', { name: 'k', rate_limit_per_minute: 1.5 }],
  ])('names %s when it is wrong', async (param, body) => {
    expectRefusal(await account.call('POST', '/v1/api-keys', body), 400, 'VALIDATION_FAILED', param);
  });

  // Bug: ISO 8601 knows week and ordinal dates, `Date` does not: the Invalid Date reached the database.
  it.each(['2099-W10-1', '2099-200'])('takes or refuses the date %s, but never fails', async (expires) => {
    const { status } = await account.call('POST', '/v1/api-keys', { name: 'k', expires_at: expires });
    expect(status).toBeOneOf([201, 400]);
  });

  // Bug: the name reaches the database as it came, and Postgres takes no NUL.
  it('takes or refuses a name with NUL in it, but never fails', async () => {
    expect((await account.call('POST', '/v1/api-keys', { name: 'a\0b' })).status).toBeOneOf([201, 400]);
  });

  it('with the scope admin is for admins alone', async () => {
    const wish = { name: 'k', scopes: ['admin'] };
    expectRefusal(await account.call('POST', '/v1/api-keys', wish), 403, 'AUTH_FORBIDDEN', 'scopes');
    const { key } = await newKey(wish, admin);
    expect((await by(key)('GET', '/v1/admin/config')).status).toBe(200);
  });
});

describe('an API key', () => {
  const chat = { messages: [{ role: 'user', content: 'Hello' }] };

  it.each<[string, string, number, number]>([
    // scope, what it opens: reading sessions, chatting
    ['chat:read', 'GET /v1/sessions', 200, 403],
    ['chat:write', 'POST /v1/chat/completions', 403, 200],
    ['audio', 'neither', 403, 403],
    ['memory:read', 'neither', 403, 403],
    ['realtime', 'neither', 403, 403],
  ])('of the scope %s opens %s', async (scope, _, reading, writing) => {
    const { key } = await newKey({ scopes: [scope] });
    expect((await by(key)('GET', '/v1/sessions')).status).toBe(reading);
    expect((await by(key)('POST', '/v1/chat/completions', chat)).status).toBe(writing);
  });

  it('is told which scope is missing', async () => {
    const { key } = await newKey({ scopes: ['audio'] });
    const answer = await by(key)('GET', '/v1/sessions');
    expectRefusal(answer, 403, 'AUTH_SCOPE_MISSING');
    expect(answer.body.error.details).toEqual({ needed: ['chat:read'] });
  });

  it('acts for its owner and sees nobody else’s', async () => {
    const { key } = await newKey();
    const { body } = await by(key)('POST', '/v1/sessions', { title: 'By key' });
    expect((await account.call('GET', `/v1/sessions/${body.session_id}`)).status).toBe(200);
    expect((await by(key)('GET', '/v1/users/me')).body.id).toBe(account.id);
    const other = await newKey({}, await newAccount(url));
    expect((await by(other.key)('GET', `/v1/sessions/${body.session_id}`)).status).toBe(404);
  });

  it.each<[string, string, unknown?]>([
    ['GET', '/v1/api-keys'],
    ['POST', '/v1/api-keys', { name: 'more' }],
    ['DELETE', '/v1/api-keys/018f0000-0000-7000-8000-000000000000'],
    ['GET', '/v1/users/me/preferences'],
    ['PUT', '/v1/users/me/preferences', { theme: 'dark' }],
    ['GET', '/v1/users/me/profile'],
    ['PUT', '/v1/users/me/profile', { bio: 'x' }],
    ['POST', '/v1/auth/logout'],
  ])('cannot manage the account: %s %s', async (method, route, body) => {
    const everything = ['chat:read', 'chat:write', 'memory:read', 'memory:write', 'audio', 'realtime', 'admin'];
    const { key } = await newKey({ scopes: everything }, admin);
    expectRefusal(await by(key)(method, route, body), 403, 'AUTH_SCOPE_MISSING');
  });

  it('of an admin needs the scope admin to act as one', async () => {
    const { key } = await newKey({ scopes: ['chat:read', 'chat:write'] }, admin);
    expectRefusal(await by(key)('GET', '/v1/admin/config'), 403, 'AUTH_SCOPE_MISSING');
  });

  it('is refused once it has expired', async () => {
    const { key } = await newKey({ expires_at: new Date(Date.now() + 1500).toISOString() });
    const use = (): Promise<Answer> => by(key)('GET', '/v1/sessions');
    await expect.poll(async () => (await use()).status, { timeout: 20_000 }).toBe(401);
    expectRefusal(await use(), 401, 'AUTH_TOKEN_EXPIRED');
  });

  it('is refused at once when it is revoked, also where it was just used', async () => {
    const { id, key } = await newKey();
    expect((await by(key)('GET', '/v1/sessions')).status).toBe(200);
    expect((await account.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(200);
    await expect.poll(async () => (await by(key)('GET', '/v1/sessions')).status).toBe(401);
    expectRefusal(await by(key)('GET', '/v1/sessions'), 401, 'AUTH_TOKEN_INVALID');
    expect((await listed()).items).toEqual([]);
    expectRefusal(await account.call('DELETE', `/v1/api-keys/${id}`), 404, 'RESOURCE_NOT_FOUND');
  });

  it('outlives its owner’s sign-in', async () => {
    const { key } = await newKey();
    await account.call('POST', '/v1/auth/logout');
    expect((await by(key)('GET', '/v1/sessions')).status).toBe(200);
  });

  it('notes when it was used', async () => {
    const { key } = await newKey();
    await by(key)('GET', '/v1/sessions');
    await expect.poll(async () => (await listed()).items[0].last_used_at).toMatch(/Z$/);
  });

  it.each(['ck_', 'ck_unknown', `ck_${'x'.repeat(43)}`])('that was never made is refused: %s', async (key) => {
    expectRefusal(await by(key)('GET', '/v1/sessions'), 401, 'AUTH_TOKEN_INVALID');
  });
});

describe('the list of API keys', () => {
  it('comes newest first, in pages that hold every key once', async () => {
    for (const name of ['1', '2', '3']) await newKey({ name });
    const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);
    const first = await listed('?limit=2');
    expect(names(first)).toEqual(['3', '2']);
    const second = await listed(`?limit=2&cursor=${first.next_cursor}`);
    expect(names(second)).toEqual(['1']);
    expect(second.next_cursor).toBeNull();
    expect(names(await listed())).toEqual(['3', '2', '1']);
  });

  it.each([
    ['limit', '?limit=0'],
    ['limit', '?limit=101'],
    ['limit', '?limit=ten'],
    ['cursor', '?cursor=second-page'],
  ])('names %s when it is wrong: %s', async (param, query) => {
    expectRefusal(await account.call('GET', `/v1/api-keys${query}`), 400, 'VALIDATION_FAILED', param);
  });
});
