import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, call, newAccount } from '../setup/account.js';
import { expectRefusal } from '../setup/refusal.js';
import { NEEDS_SERVICES, sql } from '../setup/sql.js';
import { onServices } from '../setup/test-lane.js';
import { startTestServer, type Stores, testServer, testStores } from '../setup/test-server.js';

let url: string;
beforeAll(async () => {
  ({ url } = await testServer());
});

const refresh = (token: string, server = url) =>
  call(server, 'POST', '/v1/auth/refresh', { body: { refresh_token: token } });
const me = (token: string, server = url) => call(server, 'GET', '/v1/users/me', { token });
const logout = (token: string, server = url) => call(server, 'POST', '/v1/auth/logout', { token });
const signIn = async ({ username, password }: Account) =>
  (await call(url, 'POST', '/v1/users/login', { body: { username, password } })).body;

describe('refreshing', () => {
  it('gives a new pair of tokens that works; the old access token goes on until it expires', async () => {
    const account = await newAccount(url);
    const { status, body } = await refresh(account.refreshToken);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 2_592_000, user: { id: account.id } });
    expect(body.refresh_token).not.toBe(account.refreshToken);
    expect((await me(body.access_token)).body.id).toBe(account.id);
    expect((await me(account.token)).status).toBe(200);
    expect((await refresh(body.refresh_token)).status).toBe(200);
  });

  it('with a token that was exchanged before ends the whole sign-in, access tokens included', async () => {
    const account = await newAccount(url);
    const second = (await refresh(account.refreshToken)).body;
    const third = (await refresh(second.refresh_token)).body;
    expectRefusal(await refresh(account.refreshToken), 401, 'AUTH_REFRESH_REUSED');
    for (const token of [account.token, second.access_token, third.access_token]) {
      expectRefusal(await me(token), 401, 'AUTH_TOKEN_REVOKED');
    }
    expect((await refresh(third.refresh_token)).status).toBe(401);
  });

  it('with a stolen token leaves the user’s other sign-ins alone', async () => {
    const account = await newAccount(url);
    const elsewhere = await signIn(account);
    await refresh(account.refreshToken);
    await refresh(account.refreshToken);
    expect((await me(account.token)).status).toBe(401);
    expect((await me(elsewhere.access_token)).status).toBe(200);
    expect((await refresh(elsewhere.refresh_token)).status).toBe(200);
  });

  it('twice at once gives exactly one new pair', async () => {
    for (let round = 0; round < 5; round += 1) {
      const account = await newAccount(url);
      const answers = await Promise.all([refresh(account.refreshToken), refresh(account.refreshToken)]);
      expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '401']);
    }
  });

  it.each([
    ['an unknown one', 'x'.repeat(43)],
    ['an access token', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('refuses %s', async (_, token) => {
    expectRefusal(await refresh(token), 401, 'AUTH_TOKEN_INVALID');
  });

  it.each([
    ['missing', {}],
    ['empty', { refresh_token: '' }],
    ['a list', { refresh_token: ['x'] }],
    ['longer than any token', { refresh_token: 'x'.repeat(513) }],
  ])('names refresh_token when it is %s', async (_, body) => {
    expectRefusal(await call(url, 'POST', '/v1/auth/refresh', { body }), 400, 'VALIDATION_FAILED', 'refresh_token');
  });
});

describe('signing out', () => {
  it('ends the sign-in at once: access token, refresh token and all that were made of them', async () => {
    const account = await newAccount(url);
    const next = (await refresh(account.refreshToken)).body;
    expect((await me(account.token)).status).toBe(200);
    expect((await logout(account.token)).status).toBe(200);
    for (const token of [account.token, next.access_token]) {
      expectRefusal(await me(token), 401, 'AUTH_TOKEN_REVOKED');
    }
    expect((await refresh(next.refresh_token)).status).toBe(401);
  });

  it('leaves the other sign-ins of the user alone', async () => {
    const account = await newAccount(url);
    const elsewhere = await signIn(account);
    await logout(account.token);
    expect((await me(elsewhere.access_token)).status).toBe(200);
  });

  it('lasts over a restart on the same stores', async () => {
    const stores = await testStores();
    try {
      const first = await startTestServer({ from: stores });
      const out = await newAccount(first.url);
      const stays = await newAccount(first.url);
      await logout(out.token, first.url);
      await first.stop();
      const second = await startTestServer({ from: stores });
      expectRefusal(await me(out.token, second.url), 401, 'AUTH_TOKEN_REVOKED');
      expect((await refresh(out.refreshToken, second.url)).status).toBe(401);
      // The secret was generated: it must have been kept.
      expect((await me(stays.token, second.url)).status).toBe(200);
      expect((await refresh(stays.refreshToken, second.url)).status).toBe(200);
      await second.stop();
    } finally {
      await stores.remove();
    }
  });
});

describe.skipIf(!onServices)(`a user changed by an operator (services lane only: ${NEEDS_SERVICES})`, () => {
  let stores: Stores & { remove(): Promise<void> };
  let server: Awaited<ReturnType<typeof startTestServer>>;
  beforeAll(async () => {
    stores = await testStores();
    server = await startTestServer({ from: stores });
    return async () => {
      await server.stop();
      await stores.remove();
    };
  });

  /** Signed in and just seen by the server, so that it knows the token by heart. */
  async function wellKnown(): Promise<Account> {
    const account = await newAccount(server.url);
    expect((await account.call('GET', '/v1/users/me')).status).toBe(200);
    return account;
  }

  it.each(['suspended', 'inactive'])('who is %s is out at once, by every way in', async (status) => {
    const account = await wellKnown();
    const key = (await account.call('POST', '/v1/api-keys', { name: 'k' })).body.key;
    expect((await me(key, server.url)).status).toBe(200);
    await sql(stores, 'UPDATE users SET status = $2 WHERE id = $1', [account.id, status]);
    await expect.poll(async () => (await me(account.token, server.url)).status).toBe(401);
    expectRefusal(await me(account.token, server.url), 401, 'AUTH_ACCOUNT_INACTIVE');
    expectRefusal(await me(key, server.url), 401, 'AUTH_ACCOUNT_INACTIVE');
    expectRefusal(await refresh(account.refreshToken, server.url), 401, 'AUTH_ACCOUNT_INACTIVE');
    const { username, password } = account;
    const again = await call(server.url, 'POST', '/v1/users/login', { body: { username, password } });
    expectRefusal(again, 401, 'AUTH_ACCOUNT_INACTIVE');
  });

  it('whose token_version was raised must sign in again', async () => {
    const account = await wellKnown();
    await sql(stores, 'UPDATE users SET token_version = token_version + 1 WHERE id = $1', [account.id]);
    await expect.poll(async () => (await me(account.token, server.url)).status).toBe(401);
    expectRefusal(await me(account.token, server.url), 401, 'AUTH_TOKEN_REVOKED');
    const { username, password } = account;
    const again = await call(server.url, 'POST', '/v1/users/login', { body: { username, password } });
    expect((await me(again.body.access_token, server.url)).status).toBe(200);
  });

  it('who is deleted is out at once', async () => {
    const account = await wellKnown();
    await sql(stores, 'DELETE FROM users WHERE id = $1', [account.id]);
    await expect.poll(async () => (await me(account.token, server.url)).status).toBe(401);
  });

  it('who became an admin may do what admins may, with the token in hand, and not after', async () => {
    const account = await wellKnown();
    const config = async () => (await account.call('GET', '/v1/admin/config')).status;
    expect(await config()).toBe(403);
    await sql(stores, `UPDATE users SET role = 'admin' WHERE id = $1`, [account.id]);
    await expect.poll(config).toBe(200);
    await sql(stores, `UPDATE users SET role = 'user' WHERE id = $1`, [account.id]);
    await expect.poll(config).toBe(403);
  });

  it('whose refresh token has expired must sign in again', async () => {
    const account = await newAccount(server.url);
    await sql(stores, `UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE user_id = $1`, [
      account.id,
    ]);
    expectRefusal(await refresh(account.refreshToken, server.url), 401, 'AUTH_TOKEN_INVALID');
  });
});
