import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, call, newAccount } from '../setup/account.js';
import { connected, refusalOf } from '../setup/socket.js';
import { onServices } from '../setup/test-lane.js';
import { ownServer, startTestServer, type TestServer, testStores } from '../setup/test-server.js';

const server = ownServer(() => ({
  env: {
    TRUST_PROXY: '1',
    RATE_LIMIT_IP_PER_MINUTE: '40',
    RATE_LIMIT_USER_PER_MINUTE: '6',
    RATE_LIMIT_SIGN_IN_PER_MINUTE: '3',
    WS_CONNECTS_PER_MINUTE: '1000',
  },
}));
let url: string;
let hosts = 0;

beforeAll(async () => {
  ({ url } = await server());
});

/** An address that nobody has asked from. */
const newAddress = () => `198.51.100.${(hosts += 1)}`;

const from =
  (address: string, base = url) =>
  (method: string, route: string, options: { token?: string; body?: unknown } = {}) =>
    call(base, method, route, { ...options, headers: { 'X-Forwarded-For': address } });

/** A user who has registered from an address of their own, by which nothing else is counted. */
async function accountFrom(address: string): Promise<Pick<Account, 'token' | 'username'>> {
  const username = `u${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const account = { username, email: `${username}@example.com`, password: 'correct horse battery' };
  const { status, body } = await from(address)('POST', '/v1/users/register', { body: account });
  expect(status).toBe(201);
  return { token: body.access_token as string, username };
}

async function statuses(times: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  const all: number[] = [];
  for (let time = 0; time < times; time += 1) all.push((await ask()).status);
  return all;
}

describe('the limit of an address', () => {
  it('refuses a flood of wrong keys before they are looked at, and nobody else', async () => {
    const ask = from(newAddress());
    const all = await statuses(45, () => ask('GET', '/v1/users/me', { token: 'ck_wrong' }));
    expect(all).toEqual([...Array(40).fill(401), ...Array(5).fill(429)]);
    const refused = await ask('GET', '/v1/users/me', { token: 'ck_wrong' });
    expect(refused.body.error).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', type: 'rate_limit_error' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit-limit')).toBe('40');
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect((await from(newAddress())('GET', '/v1/users/me', { token: 'ck_wrong' })).status).toBe(401);
    const { body: metrics } = await call(url, 'GET', '/metrics', { headers: {} });
    expect(metrics).toMatch(/cozy_rate_limit_refusals_total\{layer="address"\} [1-9]/);
  });

  it('is not asked of probes, and believes no address but the one that the proxy wrote', async () => {
    const address = newAddress();
    const forged = (n: number) =>
      call(url, 'GET', '/v1/users/me', { headers: { 'X-Forwarded-For': `203.0.113.${n}, ${address}` } });
    let n = 0;
    const all = await statuses(42, () => forged((n += 1)));
    expect(all.filter((status) => status === 429)).toHaveLength(2);
    expect((await from(address)('GET', '/health/live')).status).toBe(200);
  });

  it('holds for credentials that are shown to the health routes, where guessing would be free', async () => {
    const ask = from(newAddress());
    const all = await statuses(42, () => ask('GET', '/health', { token: 'ck_wrong' }));
    expect(all).toEqual([...Array(40).fill(200), 429, 429]);
    expect((await ask('GET', '/health')).status).toBe(200);
  });

  it('holds for sockets before their credential is looked at', async () => {
    const address = newAddress();
    const ask = from(address);
    await statuses(40, () => ask('GET', '/v1/users/me'));
    const refused = await refusalOf(url, '/chat', { token: 'ck_wrong' }, { 'X-Forwarded-For': address });
    expect(refused.data?.code).toBe('RATE_LIMIT_EXCEEDED');
  });
});

describe('the limit of a user', () => {
  it('counts from wherever the user asks, and tells what is left', async () => {
    const { token } = await accountFrom(newAddress());
    const ask = () => from(newAddress())('GET', '/v1/users/me', { token });
    const first = await ask();
    expect(first.headers.get('ratelimit-limit')).toBe('6');
    expect(first.headers.get('ratelimit-remaining')).toBe('5');
    expect(first.headers.get('ratelimit-reset')).toMatch(/^\d+$/);
    expect(await statuses(6, ask)).toEqual([200, 200, 200, 200, 200, 429]);
    const other = await accountFrom(newAddress());
    expect((await from(newAddress())('GET', '/v1/users/me', { token: other.token })).status).toBe(200);
  });

  it('counts what is said over a socket, too', async () => {
    const { token } = await accountFrom(newAddress());
    const socket = await connected(url, '/chat', token);
    const codes: (string | undefined)[] = [];
    for (let turn = 0; turn < 7; turn += 1) {
      const answer = (await socket.emitWithAck('chat.send', { text: 'Hello.' })) as { error?: { code: string } };
      codes.push(answer.error?.code);
    }
    socket.close();
    expect(codes).toEqual([...Array(6).fill(undefined), 'RATE_LIMIT_EXCEEDED']);
  });

  it('is tightened by the limit of an API key, which costs its owner nothing once it is reached', async () => {
    const { token } = await accountFrom(newAddress());
    const made = await from(newAddress())('POST', '/v1/api-keys', {
      token,
      body: { name: 'slow', scopes: ['chat:read'], rate_limit_per_minute: 2 },
    });
    const key = made.body.key as string;
    const ask = () => from(newAddress())('GET', '/v1/models', { token: key });
    expect(await statuses(5, ask)).toEqual([200, 200, 429, 429, 429]);
    const owner = await from(newAddress())('GET', '/v1/users/me', { token });
    expect(owner.headers.get('ratelimit-remaining')).toBe('2');
  });
});

describe('the limit of signing in', () => {
  it('is by address, whatever name is tried', async () => {
    const ask = from(newAddress());
    let name = 0;
    const login = () =>
      ask('POST', '/v1/users/login', { body: { username: `nobody${(name += 1)}`, password: 'guess of a password' } });
    expect(await statuses(5, login)).toEqual([401, 401, 401, 429, 429]);
  });
});

describe.skipIf(!onServices)('two instances on one Redis', () => {
  const servers: TestServer[] = [];
  let stores: Awaited<ReturnType<typeof testStores>>;

  beforeAll(async () => {
    stores = await testStores();
    const env = { JWT_SECRET: 'a secret that both of the instances know about', RATE_LIMIT_USER_PER_MINUTE: '4' };
    for (let at = 0; at < 2; at++) servers.push(await startTestServer({ from: stores, env }));
  });
  afterAll(async () => {
    await Promise.all(servers.map((one) => one.stop()));
    await stores.remove();
  });

  it('count together', async () => {
    const [here, there] = servers.map((one) => one.url) as [string, string];
    const { token } = await newAccount(here);
    let turn = 0;
    const all = await statuses(6, () => call((turn += 1) % 2 ? here : there, 'GET', '/v1/users/me', { token }));
    expect(all).toEqual([200, 200, 200, 200, 429, 429]);
  });
});
