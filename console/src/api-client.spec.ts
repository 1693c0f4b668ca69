import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiClient } from './api-client.js';
import { TokenStore } from './token-store.js';

interface Call {
  url: string;
  token: string | undefined;
  body: unknown;
}

const user = { id: 'u', username: 'ann', email: 'ann@example.org' };

function memoryStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** A server that takes one access token at a time and renews it on demand. */
class FakeServer {
  valid = 'old';
  refreshStatus = 200;
  calls: Call[] = [];

  send = async (url: string, init: RequestInit): Promise<Response> => {
    const token = new Headers(init.headers).get('authorization')?.slice(7);
    this.calls.push({ url, token, body: typeof init.body === 'string' ? JSON.parse(init.body) : null });
    await Promise.resolve();
    if (url === '/v1/auth/refresh') return this.refresh();
    if (token === this.valid) return Response.json({ ok: true });
    return Response.json({ error: { message: 'No.', code: 'AUTH_EXPIRED', request_id: 'r1' } }, { status: 401 });
  };

  count(url: string): number {
    return this.calls.filter((call) => call.url === url).length;
  }

  private refresh(): Response {
    if (this.refreshStatus !== 200) return Response.json({ error: {} }, { status: this.refreshStatus });
    this.valid = 'new';
    return Response.json({ access_token: 'new', refresh_token: 'next' });
  }
}

let server: FakeServer;
let tokens: TokenStore;
let client: ApiClient;

beforeEach(() => {
  server = new FakeServer();
  tokens = new TokenStore(memoryStorage());
  tokens.write({ access: 'old', refresh: 'first', user });
  client = new ApiClient(tokens, server.send);
});

describe(ApiClient, () => {
  it('sends the token', async () => {
    await expect(client.json('/v1/x')).resolves.toEqual({ ok: true });
    expect(server.calls).toEqual([{ url: '/v1/x', token: 'old', body: null }]);
  });

  it('renews an expired token once for all the requests that found it expired', async () => {
    server.valid = 'none';
    await Promise.all([client.json('/v1/a'), client.json('/v1/b'), client.json('/v1/c')]);
    expect(server.count('/v1/auth/refresh')).toBe(1);
    expect(server.calls.find((call) => call.url === '/v1/auth/refresh')?.body).toEqual({ refresh_token: 'first' });
    expect(tokens.read()).toEqual({ access: 'new', refresh: 'next', user });
  });

  it('uses the token another tab has renewed meanwhile', async () => {
    server.valid = 'theirs';
    const answer = client.json('/v1/a');
    tokens.write({ access: 'theirs', refresh: 'next', user });
    await answer;
    expect(server.count('/v1/auth/refresh')).toBe(0);
  });

  it('renews again the next time', async () => {
    server.valid = 'none';
    await client.json('/v1/a');
    server.valid = 'none again';
    await client.json('/v1/a');
    expect(server.count('/v1/auth/refresh')).toBe(2);
  });

  it.each(['AUTH_INVALID_CREDENTIALS', 'AUTH_MFA_INVALID'])(
    'does not sign out, or ask twice, where %s says that a password or a code was wrong',
    async (code) => {
      const refuse = vi.fn<() => Promise<Response>>(async () =>
        Response.json({ error: { message: 'No.', code } }, { status: 401 }),
      );
      client = new ApiClient(tokens, refuse);
      await expect(client.json('/v1/auth/mfa/disable', { method: 'POST', body: {} })).rejects.toMatchObject({ code });
      expect(refuse).toHaveBeenCalledTimes(1);
      expect(tokens.read()?.access).toBe('old');
    },
  );

  it.each([400, 401, 403])('signs out when the refresh token is refused with %i', async (status) => {
    server.valid = 'none';
    server.refreshStatus = status;
    await expect(client.json('/v1/a')).rejects.toMatchObject({ status: 401, code: 'AUTH_EXPIRED', requestId: 'r1' });
    expect(tokens.read()).toBeNull();
  });

  it.each([429, 500, 503])('stays signed in when renewing fails with %i', async (status) => {
    server.valid = 'none';
    server.refreshStatus = status;
    await expect(client.json('/v1/a')).rejects.toMatchObject({ status });
    expect(tokens.read()).not.toBeNull();
  });

  it('does not renew for a wrong password', async () => {
    await expect(client.publicJson('/v1/users/login', {})).rejects.toMatchObject({ message: 'No.' });
    expect(server.count('/v1/auth/refresh')).toBe(0);
    expect(tokens.read()).not.toBeNull();
  });

  it('says in plain words that the server cannot be reached', async () => {
    const offline = new ApiClient(tokens, () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(offline.json('/v1/a')).rejects.toMatchObject({ code: 'CLIENT_NETWORK' });
  });

  it('copes with an error page that is not JSON', async () => {
    const broken = new ApiClient(tokens, () => Promise.resolve(new Response('<html>', { status: 502 })));
    await expect(broken.json('/v1/a')).rejects.toMatchObject({ status: 502, code: 'UNKNOWN' });
  });
});

describe(TokenStore, () => {
  it('remembers after signing out that somebody has been here', () => {
    const store = new TokenStore(memoryStorage());
    expect(store.visited()).toBe(false);
    store.write({ access: 'a', refresh: 'r', user });
    store.write(null);
    expect([store.read(), store.visited()]).toEqual([null, true]);
  });

  it.each(['', 'not json', 'null', '{}', '{"access":"a"}'])('takes %j in storage for signed out', (text) => {
    expect(new TokenStore({ ...memoryStorage(), getItem: () => text }).read()).toBeNull();
  });
});
