import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chat, messagesOf, newSession, user } from '../factories/conversation.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { ChatStream } from '../setup/chat-stream.js';
import { personality } from '../setup/config-folder.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({
  env: { ...ADMIN_ENV, ROLE: 'all' },
  config: {
    'engines.development.yaml': { memory: { extraction: 'rules' }, profile: { extraction: 'rules' } },
    'personalities/prompt.yaml': personality('prompt', 'memory: { write_back: sync }\n'),
  },
});
const SOON = { timeout: 20_000, interval: 100 };
let admin: Account;
let account: Account;

beforeAll(async () => {
  admin = await firstAdmin(stage.url);
});
beforeEach(async () => {
  account = await newAccount(stage.url);
});

const leave = (who = account, password = who.password) => who.call('DELETE', '/v1/users/me', { password });
const signInCode = async ({ username, password } = account): Promise<unknown> => {
  const { body } = await call(stage.url, 'POST', '/v1/users/login', { body: { username, password } });
  return body.error?.code;
};
/** Only now is the name nobody's: until then the account is known, and inactive. */
const untilGone = async (who = account): Promise<void> => {
  await expect.poll(() => signInCode(who), SOON).toBe('AUTH_INVALID_CREDENTIALS');
};
const again = async ({ username, email, password }: Account): Promise<Account> => {
  const body = { username, email, password };
  const answer = await call(stage.url, 'POST', '/v1/users/register', { body });
  expect(answer.status).toBe(201);
  const token = answer.body.access_token as string;
  return {
    ...account,
    id: answer.body.user.id as string,
    token,
    call: (method, route, sent) => call(stage.url, method, route, { token, body: sent }),
  };
};
const recorded = async (subject: string): Promise<[string, unknown][]> => {
  const { body } = await admin.call('GET', '/v1/admin/audit?action=user.delete&limit=200');
  return (body.items as { subject: string; outcome: string; details: { stage: string } }[])
    .filter((item) => item.subject === subject)
    .map(({ outcome, details }) => [outcome, details.stage] as [string, unknown])
    .toReversed();
};

describe('a user who leaves', () => {
  it('is out at once, and everything is gone soon: the name is free, and nothing is known of it', async () => {
    const key = (await account.call('POST', '/v1/api-keys', { name: 'k', scopes: ['chat:read', 'memory:read'] })).body;
    const session = await newSession(account);
    await chat(account, session, [user('My cat is called Miso.')], { personality_id: 'prompt' });
    expect((await account.call('GET', '/v1/memories')).body.items).toHaveLength(1);

    const { status, body } = await leave();
    expect([status, body]).toMatchObject([202, { status: 'deleting', user_id: account.id }]);
    expect((await account.call('GET', '/v1/users/me')).status).toBe(401);
    expect((await call(stage.url, 'GET', '/v1/sessions', { token: key.key as string })).status).toBe(401);
    const refresh = { refresh_token: account.refreshToken };
    expect((await call(stage.url, 'POST', '/v1/auth/refresh', { body: refresh })).status).toBe(401);
    expect(await signInCode()).toMatch(/^AUTH_(ACCOUNT_INACTIVE|INVALID_CREDENTIALS)$/);

    await untilGone();
    const anew = await again(account);
    expect(anew.id).not.toBe(account.id);
    expect((await anew.call('GET', '/v1/sessions')).body.sessions).toEqual([]);
    expect((await anew.call('GET', '/v1/memories')).body.items).toEqual([]);
    expect((await anew.call('GET', '/v1/profile-facts')).body.items).toEqual([]);
    expect((await anew.call('GET', `/v1/sessions/${session}`)).status).toBe(404);
    await expect
      .poll(() => recorded(account.id), SOON)
      .toEqual([
        ['success', 'requested'],
        ['success', 'done'],
      ]);
  });

  it('shows the password, and does not try out many', async () => {
    expectRefusal(await account.call('DELETE', '/v1/users/me'), 400, 'VALIDATION_FAILED');
    expectRefusal(await account.call('DELETE', '/v1/users/me', {}), 400, 'VALIDATION_FAILED', 'password');
    for (let at = 0; at < 6; at += 1) {
      expectRefusal(await leave(account, 'a guess'), 401, 'AUTH_INVALID_CREDENTIALS', 'password');
    }
    const refused = await leave();
    expectRefusal(refused, 429, 'AUTH_LOCKED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await account.call('GET', '/v1/users/me')).status).toBe(200);
    await expect.poll(() => recorded(account.id), SOON).toContainEqual(['refused', 'requested']);
  });

  it('is a person: an API key may not', async () => {
    const scopes = ['chat:read', 'chat:write', 'memory:write'];
    const { key } = (await account.call('POST', '/v1/api-keys', { name: 'k', scopes })).body as { key: string };
    const body = { password: account.password };
    expectRefusal(await call(stage.url, 'DELETE', '/v1/users/me', { token: key, body }), 403, 'AUTH_SCOPE_MISSING');
    expectRefusal(await call(stage.url, 'GET', '/v1/users/me/export', { token: key }), 403, 'AUTH_SCOPE_MISSING');
  });

  it('may leave in the middle of an answer, which ends cleanly and is not kept', async () => {
    const session = await newSession(account);
    const words = Array.from({ length: 40 }, (_, at) => `word${at} `);
    stage.provider.script({ text: words, tokenDelayMs: 150 });
    const stream = await ChatStream.open(stage.url, {
      token: account.token,
      body: { messages: [user('My cat is called Miso.')], cozy: { session_id: session, personality_id: 'prompt' } },
    });
    await stream.untilSaid();
    expect((await leave()).status).toBe(202);
    await untilGone();
    const { content, chunks, done } = await stream.events();
    expect([content, done]).toEqual([words.join(''), true]);
    // Unless the deletion took longer than the answer.
    expect([undefined, 'AUTH_ACCOUNT_INACTIVE']).toContain(chunks.at(-1).error?.code);
    const anew = await again(account);
    expect((await anew.call('GET', '/v1/memories')).body.items).toEqual([]);
    expect((await anew.call('GET', '/v1/sessions')).body.sessions).toEqual([]);
  });

  it('may leave while what was said is still to be learned', async () => {
    for (let at = 0; at < 3; at += 1)
      await chat(account, await newSession(account), [user(`My cat is called Miso ${at}.`)]);
    expect((await leave()).status).toBe(202);
    await untilGone();
    const dead = (await admin.call('GET', '/v1/admin/dead-letters')).body.items as { user_id: string }[];
    expect(dead.filter(({ user_id: id }) => id === account.id)).toEqual([]);
  });
});

describe('an admin', () => {
  it('ends somebody else’s account, and only admins do', async () => {
    const other = await newAccount(stage.url);
    expectRefusal(await account.call('DELETE', `/v1/admin/users/${other.id}`), 403, 'AUTH_FORBIDDEN');
    expect((await admin.call('DELETE', `/v1/admin/users/${other.id}`)).status).toBe(202);
    expect((await other.call('GET', '/v1/users/me')).status).toBe(401);
    await untilGone(other);
    for (const id of [other.id, crypto.randomUUID(), 'x']) {
      expectRefusal(await admin.call('DELETE', `/v1/admin/users/${id}`), 404, 'RESOURCE_NOT_FOUND');
    }
  });

  it('who is the last one cannot leave', async () => {
    expectRefusal(await admin.call('DELETE', `/v1/admin/users/${admin.id}`), 409, 'RESOURCE_CONFLICT');
    const refused = await leave(admin);
    expectRefusal(refused, 409, 'RESOURCE_CONFLICT');
    expect(refused.body.message).toContain('last admin');
    expect((await admin.call('GET', '/v1/users/me')).status).toBe(200);
  });
});

describe('a session that is deleted', () => {
  const told = async () => {
    const session = await newSession(account);
    await chat(account, session, [user('I live in Lisbon, and my cat is called Miso.')], { personality_id: 'prompt' });
    return session;
  };
  const items = async (route: string) => (await account.call('GET', route)).body.items as unknown[];

  it('leaves what was learned from it, unless it is to be forgotten, also afterwards', async () => {
    const session = await told();
    expect((await account.call('DELETE', `/v1/sessions/${session}`)).body).toEqual({
      message: expect.any(String),
      session_id: session,
    });
    expect((await items('/v1/memories')).length).toBeGreaterThan(0);
    expect((await items('/v1/profile-facts')).length).toBeGreaterThan(0);
    const { status, body } = await account.call('DELETE', `/v1/sessions/${session}?forget=true`);
    expect([status, body.forgotten]).toEqual([200, { memory: 'done', profile: 'done' }]);
    expect([await items('/v1/memories'), await items('/v1/profile-facts')]).toEqual([[], []]);
    const missing = `/v1/sessions/${crypto.randomUUID()}?forget=true`;
    expectRefusal(await account.call('DELETE', missing), 404, 'RESOURCE_SESSION_NOT_FOUND');
  });

  it('is nobody else’s to forget, nor a key’s that may not', async () => {
    const session = await told();
    const other = await newAccount(stage.url);
    const route = `/v1/sessions/${session}?forget=true`;
    expectRefusal(await other.call('DELETE', route), 404, 'RESOURCE_SESSION_NOT_FOUND');
    const { key } = (await account.call('POST', '/v1/api-keys', { name: 'k', scopes: ['chat:write'] })).body;
    expectRefusal(await call(stage.url, 'DELETE', route, { token: key as string }), 403, 'AUTH_SCOPE_MISSING');
    expect(await messagesOf(account, session)).not.toEqual([]);
    expectRefusal(await account.call('DELETE', `${route}x`), 400, 'VALIDATION_FAILED', 'forget');
  });
});

describe('a memory that is deleted', () => {
  it('is in no answer any more: not in a chat, a list, or the model’s own search', async () => {
    const session = await newSession(account);
    await chat(account, session, [user('My cello is called Amati.')], { personality_id: 'prompt' });
    const [memory] = (await account.call('GET', '/v1/memories')).body.items as { id: string; message_id: string }[];
    const find = { id: 'a', name: 'memory_search', arguments: '{"query":"cello Amati"}' };
    const toldOfIt = async () => {
      const before = stage.provider.requests.length;
      stage.provider.script({ toolCalls: [find] }, { text: 'I see.' });
      await chat(account, await newSession(account), [user('What do you know about cellos?')]);
      return JSON.stringify(stage.provider.requests.slice(before).map(({ body }) => body)).includes('My cello');
    };
    expect(await toldOfIt()).toBe(true);
    expect((await account.call('DELETE', `/v1/memories/${memory?.id}`)).status).toBe(200);
    expect(await toldOfIt()).toBe(false);
    expect((await account.call('GET', '/v1/memories')).body.items).toEqual([]);
    // What was said is the session's own.
    expect((await messagesOf(account, session)).map(({ id }) => id)).toContain(memory?.message_id);
  });
});
