import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, call, newAccount } from '../setup/account.js';
import { ownServer, testServer } from '../setup/test-server.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let url: string;
let account: Account;
beforeAll(async () => {
  ({ url } = await testServer());
  account = await newAccount(url);
});

/** One request of every kind of answer: good, refused, malformed, unknown, static, stream. */
const EVERY_KIND: [name: string, method: string, route: string, body?: unknown][] = [
  ['an answer', 'GET', '/v1/users/me'],
  ['the alias', 'GET', '/api/v1/users/me'],
  ['a refusal', 'GET', '/v1/admin/config'],
  ['an unknown route', 'GET', '/nowhere'],
  ['malformed JSON', 'POST', '/v1/sessions', '{'],
  ['a body too large', 'POST', '/v1/sessions', { title: 'x'.repeat(1_100_000) }],
  ['a broken path', 'GET', '/v1/sessions/%'],
  ['the page', 'GET', '/'],
  ['the docs', 'GET', '/docs'],
  ['a file', 'GET', '/docs/swagger-ui.css'],
  ['the document', 'GET', '/openapi.json'],
  ['health', 'GET', '/health/ready'],
  ['a stream', 'POST', '/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: 'Hi' }] }],
];

describe('Cache-Control', () => {
  it.each(['/v1/users/me', '/api/v1/users/me', '/v1/models', '/v1/admin/config', '/v1/nowhere'])(
    'lets nobody keep what %s says',
    async (route) => {
      expect((await account.call('GET', route)).headers.get('cache-control')).toBe('no-store');
    },
  );

  it('lets nobody keep the tokens of a sign-in', async () => {
    const { username, password } = account;
    const { status, headers } = await call(url, 'POST', '/v1/users/login', { body: { username, password } });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
  });
});

describe('X-Request-Id', () => {
  it.each(EVERY_KIND)('is the caller’s own on %s', async (_, method, route, body) => {
    const { headers } = await account.call(method, route, body, { 'X-Request-Id': 'My.request_id-1' });
    expect(headers.get('x-request-id')).toBe('My.request_id-1');
  });

  it.each(EVERY_KIND)('is a new UUID on %s where the caller gave none', async (_, method, route, body) => {
    const first = (await account.call(method, route, body)).headers.get('x-request-id');
    const second = (await account.call(method, route, body)).headers.get('x-request-id');
    expect(first).toMatch(UUID);
    expect(second).toMatch(UUID);
    expect(second).not.toBe(first);
  });

  it.each(['a'.repeat(129), 'two words', 'a/b', 'a,b', '<script>', 'a=b', 'ümlaut'])(
    'is replaced where it is not 1 to 128 sane characters: %j',
    async (id) => {
      const { headers } = await account.call('GET', '/v1/users/me', undefined, { 'X-Request-Id': id });
      expect(headers.get('x-request-id')).toMatch(UUID);
    },
  );

  it('may have 128 characters', async () => {
    const id = 'a'.repeat(128);
    const { headers } = await account.call('GET', '/nowhere', undefined, { 'X-Request-Id': id });
    expect(headers.get('x-request-id')).toBe(id);
  });

  it('is in the metadata of a turn and of its stored messages', async () => {
    const { body: session } = await account.call('POST', '/v1/sessions', { title: 'T' });
    const request = { messages: [{ role: 'user', content: 'Hi' }], cozy: { session_id: session.session_id } };
    const { body } = await account.call('POST', '/v1/chat/completions', request, { 'X-Request-Id': 'turn-1' });
    expect(body.metadata.request_id).toBe('turn-1');
    const { body: stored } = await account.call('GET', `/v1/sessions/${session.session_id}`);
    const ids = stored.messages.slice(1).map(({ metadata }: { metadata: object }) => metadata);
    expect(ids).toEqual([
      expect.objectContaining({ request_id: 'turn-1' }),
      expect.objectContaining({ request_id: 'turn-1' }),
    ]);
  });
});

describe('security headers', () => {
  it.each(EVERY_KIND)('stand on %s', async (_, method, route, body) => {
    const { headers } = await account.call(method, route, body);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': expect.stringMatching(/^(DENY|SAMEORIGIN)$/),
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age='),
      'content-security-policy': expect.stringContaining("default-src 'self'"),
    });
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });

  it('allow no inline script and no foreign one', async () => {
    const policy = (await call(url, 'GET', '/')).headers.get('content-security-policy') ?? '';
    const directives = new Map(policy.split(';').map((part) => part.trim().split(/ (.*)/) as [string, string]));
    expect(directives.get('script-src')).toBe("'self'");
    expect(directives.get('object-src')).toBe("'none'");
    expect(directives.get('frame-ancestors')).toBe("'none'");
    expect(directives.get('base-uri')).toBe("'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
  });
});

describe('/api/v1', () => {
  it('is another name of /v1 on every method', async () => {
    const { body: made, status } = await account.call('POST', '/api/v1/sessions', { title: 'By alias' });
    expect(status).toBe(201);
    const route = `sessions/${made.session_id}`;
    expect((await account.call('GET', `/api/v1/${route}`)).body).toEqual(
      (await account.call('GET', `/v1/${route}`)).body,
    );
    expect((await account.call('PUT', `/api/v1/${route}`, { title: 'Again' })).body.title).toBe('Again');
    expect((await account.call('DELETE', `/api/v1/${route}?x=1`)).status).toBe(200);
    expect((await account.call('GET', `/v1/${route}`)).status).toBe(404);
  });

  it('is the only alias', async () => {
    for (const route of ['/api/health', '/api/api/v1/users/me', '/api/v1x/users/me', '/API/v1/users/me']) {
      expect((await account.call('GET', route)).status).toBe(404);
    }
  });
});

describe('CORS', () => {
  const APP = 'https://app.example.com';
  const OTHER = 'https://evil.example.com';
  const allowing = ownServer(() => ({ env: { ALLOWED_ORIGINS: `${APP}, http://localhost:5173` } }));
  const allowed = ({ headers }: { headers: Headers }) => headers.get('access-control-allow-origin');
  const preflight = (server: string, origin: string) =>
    call(server, 'OPTIONS', '/v1/chat/completions', {
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
      },
    });

  it('lets the origins of ALLOWED_ORIGINS in, on good answers and on errors', async () => {
    const own = (await allowing()).url;
    for (const route of ['/health/live', '/v1/users/me', '/nowhere']) {
      const answer = await call(own, 'GET', route, { headers: { Origin: APP } });
      expect(allowed(answer)).toBe(APP);
      expect(answer.headers.get('access-control-expose-headers')).toMatch(/X-Request-Id/i);
      expect(answer.headers.get('vary')).toMatch(/Origin/);
    }
  });

  it('answers the preflight of an allowed origin', async () => {
    const { status, headers } = await preflight((await allowing()).url, APP);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(APP);
    expect(headers.get('access-control-allow-methods')).toMatch(/POST/);
    expect(headers.get('access-control-allow-headers')).toMatch(/authorization/i);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
  });

  it('lets no other origin in', async () => {
    const own = (await allowing()).url;
    for (const origin of [OTHER, 'null', 'https://app.example.com.evil.com', 'http://app.example.com']) {
      expect(allowed(await call(own, 'GET', '/health/live', { headers: { Origin: origin } }))).toBeNull();
      expect(allowed(await preflight(own, origin))).toBeNull();
    }
  });

  it('is off where no origin is allowed', async () => {
    expect(allowed(await call(url, 'GET', '/health/live', { headers: { Origin: APP } }))).toBeNull();
    expect(allowed(await preflight(url, APP))).toBeNull();
  });

  describe('with ALLOWED_ORIGINS=*', () => {
    const open = ownServer(() => ({ env: { ALLOWED_ORIGINS: '*' } }));

    it('never goes together with credentials', async () => {
      const { headers } = await preflight((await open()).url, OTHER);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    });
  });
});

/** What a client gets that offers another protocol with its first request, as Java's own does. */
async function offering(protocol: string, route: string): Promise<number | undefined> {
  const asked = http.request(url + route, {
    headers: { Connection: 'Upgrade, HTTP2-Settings', Upgrade: protocol, 'HTTP2-Settings': 'AAMAAABkAAQAoAAA' },
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('an offer to speak another protocol', () => {
  it.each(['h2c', 'foo/2'])('is passed over, and the request is answered: %s', async (protocol) => {
    expect(await offering(protocol, '/health/live')).toBe(200);
    expect(await offering(protocol, '/v1/users/me')).toBe(401);
  });
});
