import { jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chat, user } from '../factories/conversation.js';
import { LEGACY_PIECES, LEGACY_SECRET, type LegacyServer, startLegacyServer } from '../fakes/cozychat-server.js';
import { type Account, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

const SECRET = 'the-secret-that-cozychat-signs-with';
const WHOLE = LEGACY_PIECES.join('');

let legacy: LegacyServer;
beforeAll(async () => {
  legacy = await startLegacyServer();
  server.env['LEGACY_URL'] = legacy.url;
});

const UPSTREAM = {
  url: '${LEGACY_URL}',
  first_byte_timeout_ms: 1000,
  idle_timeout_ms: 1000,
};
const server = {
  env: { ...ADMIN_ENV, LEGACY_SECRET: SECRET, LEGACY_TOKEN: 'her-token' } as Record<string, string>,
  config: {
    'canary.yaml': {
      rules: [
        { feature: 'old-server', enabled: true, percentage: 0, variant: { upstream: 'cozychat' } },
        { feature: 'old-tokens', enabled: false, variant: { upstream: 'by-token' } },
      ],
      upstreams: [
        {
          ...UPSTREAM,
          name: 'cozychat',
          headers: { 'X-Forwarded-User': '{user_id}' },
          sign: { secret: '${LEGACY_SECRET}', claims: { sub: '{username}', token_type: 'access' } },
        },
        { ...UPSTREAM, name: 'by-token', tokens: { 'somebody-else': '${LEGACY_TOKEN}' } },
      ],
    },
  },
};
const parts = simulatedServer(server);
let account: Account;
let admin: Account;

const put = (feature: string, rule: object) => admin.call('PUT', `/v1/admin/canary/${feature}`, rule);
const everybody = (upstream: string) => ({ enabled: true, percentage: 100, variant: { upstream } });

beforeAll(async () => {
  [account, admin] = await Promise.all([newAccount(parts.url), firstAdmin(parts.url)]);
  await put('old-server', everybody('cozychat'));
});
afterEach(() => {
  legacy.requests = [];
  legacy.stepping = false;
  legacy.answer = { pieces: LEGACY_PIECES };
});
afterAll(() => legacy.close());

const ask = (body: object, init: RequestInit = {}) =>
  fetch(`${parts.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${account.token}`,
      Cookie: 'session=mine',
      'X-Request-Id': 'request-of-mine',
    },
    body: JSON.stringify(body),
    ...init,
  });
const streamed = { messages: [user('Hello')], stream: true, an_unknown_field: { kept: [1, 'ü'] } };

describe('a chat that a rule sends to an earlier server', () => {
  it('is sent there as it came, in its user’s name, without the credentials for this server', async () => {
    const response = await ask(streamed);
    expect(await response.text()).toBe(WHOLE);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-canary')).toBe('old-server=canary');
    const [request] = legacy.requests;
    expect(request?.body).toEqual(streamed);
    expect(request?.headers).toMatchObject({ 'x-forwarded-user': account.id, 'x-request-id': 'request-of-mine' });
    expect(JSON.stringify(request?.headers)).not.toContain(account.token);
    expect(request?.headers).not.toHaveProperty('cookie');
    const token = request?.headers.authorization?.replace('Bearer ', '') ?? '';
    const { payload } = await jwtVerify(token, new TextEncoder().encode(SECRET));
    expect(payload).toMatchObject({ sub: account.username, token_type: 'access' });
  });

  it('is answered piece by piece, as the pieces come', async () => {
    legacy.stepping = true;
    const running = ask(streamed);
    await expect.poll(() => legacy.requests.length).toBe(1);
    let got = '';
    const decoder = new TextDecoder();
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    for (const [at, piece] of LEGACY_PIECES.entries()) {
      legacy.step();
      reader ??= (await running).body?.getReader();
      while (got.length < LEGACY_PIECES.slice(0, at).join('').length + piece.length) {
        const { value } = (await reader?.read()) ?? {};
        got += decoder.decode(value, { stream: true });
      }
      expect(got).toBe(LEGACY_PIECES.slice(0, at + 1).join(''));
      await new Promise(setImmediate);
    }
    expect((await reader?.read())?.done).toBe(true);
  });

  it('is answered in JSON where that is what the server says', async () => {
    legacy.answer = { json: { id: 'old', choices: [{ message: { role: 'assistant', content: 'Old.' } }] } };
    const { status, body } = await chat(account, undefined, [user('Hello')]);
    expect([status, body]).toEqual([200, legacy.answer.json]);
  });

  it('is replayed under an Idempotency-Key, and asked once', async () => {
    const key = { 'Idempotency-Key': crypto.randomUUID() };
    const first = await chat(account, undefined, [user('Hello')], { stream: true }, key);
    const again = await chat(account, undefined, [user('Hello')], { stream: true }, key);
    expect([first.body, again.body, legacy.requests.length]).toEqual([WHOLE, WHOLE, 1]);
  });

  it('is ended there when its caller leaves', async () => {
    legacy.answer = { pieces: LEGACY_PIECES.slice(0, 2), end: 'hang' };
    const before = legacy.left;
    const leaving = new AbortController();
    const response = await ask(streamed, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await expect.poll(() => legacy.left).toBe(before + 1);
  });

  it('shows in the log line and in the metrics', async () => {
    await ask(streamed).then((response) => response.text());
    await expect
      .poll(() => parts.server.output.some((line) => line.includes('"canary":["old-server=canary"]')))
      .toBe(true);
    const metrics = await fetch(`${parts.url}/metrics`).then((response) => response.text());
    expect(metrics).toMatch(/^cozy_canary_requests_total\{feature="old-server",variant="canary"\} [1-9]/m);
    expect(metrics).toMatch(/^cozy_canary_latency_seconds_count\{feature="old-server",variant="canary"\} [1-9]/m);
  });
});

describe('an earlier server that fails', () => {
  const text = `<html>${LEGACY_SECRET}</html>`;
  it.each<[string, LegacyServer['answer'], number, string]>([
    ['refuses the token', { status: 401, text }, 502, 'ENGINE_AUTH_FAILED'],
    ['refuses the request', { status: 422, text }, 400, 'ENGINE_REQUEST_REJECTED'],
    ['is busy', { status: 429, headers: { 'retry-after': '7' }, text }, 503, 'ENGINE_RATE_LIMITED'],
    ['fails', { status: 500, text }, 503, 'ENGINE_UNAVAILABLE'],
    ['sends elsewhere', { status: 307, headers: { location: '/login' }, text }, 502, 'ENGINE_BAD_RESPONSE'],
    ['shows a page', { status: 200, text }, 502, 'ENGINE_BAD_RESPONSE'],
    ['says nothing', { silent: true }, 504, 'ENGINE_TIMEOUT'],
  ])('%s', async (_, answer, status, code) => {
    legacy.answer = answer;
    const refused = await chat(account, undefined, [user('Hello')], { stream: true });
    expectRefusal(refused, status, code);
    expect(JSON.stringify(refused.body)).not.toContain(LEGACY_SECRET);
    expect(legacy.requests).toHaveLength(1);
  });

  it('tells when to come back', async () => {
    legacy.answer = { status: 429, headers: { 'retry-after': '7' }, text };
    const { headers } = await chat(account, undefined, [user('Hello')]);
    expect(headers.get('retry-after')).toBe('7');
  });

  it.each([
    ['breaks off', 'cut', 'ENGINE_STREAM_CUT'],
    ['falls silent', 'hang', 'ENGINE_TIMEOUT'],
  ] as const)('%s: what came stays, and the stream ends with the error', async (_, end, code) => {
    legacy.answer = { pieces: LEGACY_PIECES.slice(0, 2), end };
    const got = await ask(streamed).then((response) => response.text());
    expect(got.startsWith(LEGACY_PIECES.slice(0, 2).join(''))).toBe(true);
    expect(got).toContain(`"code":"${code}"`);
    expect(got.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
  });

  it('is told to the CozyChat web app as an answer, as it shows nothing else', async () => {
    legacy.answer = { status: 500, text };
    const got = await ask({ messages: [user('Hello')], stream: true, session_id: 'default' });
    expect(got.status).toBe(200);
    const body = await got.text();
    expect(body).toContain('"finish_reason":"stop"');
    expect(body).not.toContain(LEGACY_SECRET);
  });
});

describe('a rule whose base is the earlier server', () => {
  const NEW_ENGINE = { enabled: true, base_upstream: 'cozychat' };
  const said = async () => (await chat(account, undefined, [user('Hello')])).body;

  it('moves a share of the users here, and a rollback leads all back there', async () => {
    await put('old-server', { enabled: false });
    legacy.answer = { json: { old: true } };
    await put('new-engine', { ...NEW_ENGINE, percentage: 100 });
    expect((await said()).metadata.canary).toMatchObject([{ feature: 'new-engine', variant: 'canary' }]);
    await put('new-engine', { ...NEW_ENGINE, percentage: 0 });
    expect(await said()).toEqual({ old: true });
    await put('new-engine', {
      ...NEW_ENGINE,
      percentage: 0,
      allow_list: [account.id],
      variant: { model: 'new-model' },
    });
    expect((await said()).model).toBe('new-model');
    await admin.call('POST', '/v1/admin/canary/rollback');
    expect(await said()).toEqual({ old: true });
    await admin.call('DELETE', '/v1/admin/canary/new-engine');
    expect((await said()).object).toBe('chat.completion');
    await put('old-server', everybody('cozychat'));
  });

  it('that breaks its budget here leads back there', async () => {
    await put('old-server', { enabled: false });
    legacy.answer = { json: { old: true } };
    const budget = { min_requests: 3, max_error_rate_delta: 0.1 };
    await put('new-engine', { ...NEW_ENGINE, percentage: 100, budget });
    for (let at = 0; at < 3; at += 1) {
      parts.provider.failOnce({ kind: 'status', status: 400 });
      expectRefusal(await chat(account, undefined, [user('Hello')]), 400, 'ENGINE_REQUEST_REJECTED');
    }
    expect(await said()).toEqual({ old: true });
    await admin.call('DELETE', '/v1/admin/canary/new-engine');
    await put('old-server', everybody('cozychat'));
  });
});

describe('a chat stays here', () => {
  it('where its user is not known there', async () => {
    await put('old-server', { ...everybody('cozychat'), enabled: false });
    await put('old-tokens', everybody('by-token'));
    const { status, body } = await chat(account, undefined, [user('Hello')]);
    expect([status, legacy.requests.length]).toEqual([200, 0]);
    expect(body.metadata.canary).toEqual([{ feature: 'old-tokens', variant: 'base', reason: 'unavailable' }]);
    await admin.call('DELETE', '/v1/admin/canary/old-tokens');
  });

  it('after a rollback, at once', async () => {
    await put('old-server', everybody('cozychat'));
    await admin.call('POST', '/v1/admin/canary/rollback');
    const { body } = await chat(account, undefined, [user('Hello')]);
    expect([body.choices[0].message.content, legacy.requests.length]).toEqual([
      'Hello from the simulated provider.',
      0,
    ]);
  });
});

describe('the configuration', () => {
  it('shows no secret of an upstream', async () => {
    const { body } = await admin.call('GET', '/v1/admin/config');
    expect(JSON.stringify(body)).not.toMatch(new RegExp(`${SECRET}|her-token`));
    expect(body.config.canary.upstreams[0].name).toBe('cozychat');
  });
});
