import { beforeAll, describe, expect, it } from 'vitest';
import { newSession } from '../factories/conversation.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { ownServer, type TestServer } from '../setup/test-server.js';

const SECRETS = {
  JWT_SECRET: 'marked-jwt-secret-of-more-than-32-characters',
  AUDIT_HMAC_KEY: 'marked-audit-key-of-more-than-32-characters',
  METRICS_TOKEN: 'marked-metrics-token',
};
const server = ownServer(() => ({ env: { ...ADMIN_ENV, ...SECRETS, LOG_LEVEL: 'debug' } }));

let own: TestServer;
let account: Account;
let session: string;

beforeAll(async () => {
  own = await server();
  account = await newAccount(own.url);
  session = await newSession(account, { title: 'marked-title' });
});

type Line = Record<string, unknown>;

const lines = (): Line[] => own.output.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);

/** The log line of a request, which is written when its answer has been sent. */
async function lineOf(requestId: string): Promise<Line | undefined> {
  const find = () => lines().find((line) => line['request_id'] === requestId && line['message'] === 'request');
  await expect.poll(find).toBeDefined();
  return find();
}

describe('in production', () => {
  const production = ownServer(() => ({ env: { ...SECRETS, APP_ENV: 'production', LOG_LEVEL: 'debug' } }));

  it('standard output is the log alone: one JSON object a line, with level, time and message', async () => {
    const { url, output } = await production();
    const { headers } = await call(url, 'GET', '/health/live');
    await expect.poll(() => output.join('\n')).toContain(headers.get('x-request-id'));
    for (const line of output) {
      expect(JSON.parse(line)).toMatchObject({
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        message: expect.stringMatching(/\S/),
      });
    }
  });
});

describe('the log', () => {
  it('has one line for a request, with the ids that became known on the way', async () => {
    const body = { messages: [{ role: 'user', content: 'Hi' }], cozy: { session_id: session } };
    const answer = await account.call('POST', '/v1/chat/completions', body, { 'X-Request-Id': 'log-chat' });
    expect(answer.status).toBe(200);
    expect(await lineOf('log-chat')).toEqual({
      level: 'info',
      timestamp: expect.any(String),
      request_id: 'log-chat',
      user_id: account.id,
      session_id: session,
      personality_id: 'companion',
      method: 'POST',
      route: '/v1/chat/completions',
      status: 200,
      latency_ms: expect.any(Number),
      message: 'request',
    });
  });

  it.each([
    ['log-404', ['GET', '/nowhere'], { status: 404, route: 'unmatched' }],
    ['log-400', ['POST', '/v1/sessions', '{'], { status: 400 }],
    ['log-alias', ['GET', '/api/v1/users/me'], { status: 200, route: '/v1/users/me' }],
  ])('has a line for every answer: %s', async (id, [method = '', path = '', body], expected) => {
    await account.call(method, path, body, { 'X-Request-Id': id });
    expect(await lineOf(id)).toMatchObject({ method, ...expected });
  });

  it('holds no words, titles, names, passwords, tokens, keys or secrets, whatever happens to them', async () => {
    const words = 'marked-words of somebody';
    const { body: made } = await account.call('POST', '/v1/api-keys', { name: 'marked-key-name' });
    const chat = (body: object, token = account.token) =>
      call(own.url, 'POST', '/v1/chat/completions', { token, body: { ...body, user: 'marked-user' } });
    const messages = [{ role: 'user', content: words, name: 'marked-name' }];
    await chat({ messages, cozy: { session_id: session } });
    await chat({ messages, stream: true }, made.key);
    // Everything that can go wrong with them.
    await chat({ messages: [{ role: 'marked-role', content: words }] });
    await chat({ messages, model: 'marked-model' });
    await chat({ messages, tools: [{ type: 'marked-tool' }] });
    await account.call('POST', '/v1/sessions', `{"title": "marked-broken-json`);
    await account.call('PUT', '/v1/users/me/preferences', '{"marked-key\\u0000": "marked-value"}');
    await account.call('PUT', '/v1/users/me/profile', { bio: 'marked-bio', interests: ['marked-interest'] });
    await account.call('GET', '/v1/messages/search?q=marked-search&limit=marked-limit');
    await account.call('GET', '/v1/marked-path?token=marked-query');
    await account.call('POST', '/v1/chat/voice-call-messages', {
      session_id: session,
      messages: [{ role: 'user', content: 'marked-speech' }],
    });
    const login = (password: string) =>
      call(own.url, 'POST', '/v1/users/login', { body: { username: account.username, password } });
    await login('marked-wrong-password');
    await call(own.url, 'POST', '/v1/users/register', {
      body: { username: 'markedname', email: 'marked@example.com', password: 'marked-password', device_id: 'm\0' },
    });
    await call(own.url, 'GET', '/v1/users/me', { token: 'marked-bad-token' });
    await call(own.url, 'POST', '/v1/auth/refresh', { body: { refresh_token: 'marked-bad-refresh' } });
    const { body: renewed } = await call(own.url, 'POST', '/v1/auth/refresh', {
      body: { refresh_token: account.refreshToken },
    });
    await call(own.url, 'POST', '/v1/auth/refresh', { body: { refresh_token: account.refreshToken } });
    const admin = await firstAdmin(own.url);
    await admin.call('GET', '/v1/admin/config', undefined, { 'X-Request-Id': 'log-last' });
    await lineOf('log-last');

    const output = own.output.join('\n');
    const secrets = [
      account.token,
      account.refreshToken,
      account.password,
      account.username,
      renewed.access_token,
      renewed.refresh_token,
      made.key,
      ADMIN_ENV.ADMIN_PASSWORD,
      admin.token,
    ];
    for (const secret of secrets) expect(output).not.toContain(secret);
    expect(output.match(/.{0,40}marked.{0,40}/gi)).toBeNull();
  });
});
