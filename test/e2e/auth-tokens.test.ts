import { createHmac } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, call, newAccount } from '../setup/account.js';
import { expectRefusal } from '../setup/refusal.js';
import { ownServer, startTestServer, testStores } from '../setup/test-server.js';

const SECRET = 'a secret that only this test and its server know';
const OTHER_SECRET = 'another secret, as long as the first one needs to be';

const server = ownServer(() => ({ env: { JWT_SECRET: SECRET } }));
let url: string;
let account: Account;
let other: Account;

beforeAll(async () => {
  ({ url } = await server());
  [account, other] = await Promise.all([newAccount(url), newAccount(url)]);
});

const me = (token: string) => call(url, 'GET', '/v1/users/me', { token });

const now = () => Math.floor(Date.now() / 1000);

interface Forgery {
  claims?: JWTPayload;
  without?: string;
  header?: Record<string, unknown>;
  secret?: string;
}

/** The account's own token, made again with something changed. */
async function forge({ claims = {}, without, header = {}, secret = SECRET }: Forgery = {}): Promise<string> {
  const { [without ?? '']: _, ...payload } = { ...decodeJwt(account.token), ...claims };
  const given = { ...decodeProtectedHeader(account.token), ...header } as { alg: string };
  return new SignJWT(payload).setProtectedHeader(given).sign(new TextEncoder().encode(secret));
}

const unsigned = (header: object, payload: object, signature = '') =>
  [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + `.${signature}`;

describe('an access token', () => {
  it('carries the documented claims', () => {
    expect(decodeProtectedHeader(account.token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: expect.any(String) });
    const claims = decodeJwt(account.token);
    expect(claims).toMatchObject({
      sub: account.id,
      role: 'user',
      scopes: expect.arrayContaining(['chat:read', 'chat:write']),
      token_type: 'access',
      jti: expect.any(String),
      aud: 'cozyengine',
      iss: 'cozyengine',
      nbf: claims.iat,
      exp: (claims.iat ?? 0) + 2_592_000,
    });
    expect(claims['scopes']).not.toContain('admin');
  });

  it('is accepted when it is made again with nothing changed', async () => {
    expect((await me(await forge())).body.id).toBe(account.id);
  });

  it.each<[string, Forgery]>([
    ['another audience', { claims: { aud: 'somebody-else' } }],
    ['no audience', { without: 'aud' }],
    ['another issuer', { claims: { iss: 'somebody-else' } }],
    ['no issuer', { without: 'iss' }],
    ['no expiry', { without: 'exp' }],
    ['a start in the future', { claims: { nbf: now() + 3600 } }],
    ['the token_type refresh', { claims: { token_type: 'refresh' } }],
    ['the token_type ws_ticket', { claims: { token_type: 'ws_ticket' } }],
    ['no token_type', { without: 'token_type' }],
    ['no subject', { without: 'sub' }],
    ['a subject that is no id', { claims: { sub: 'ana' } }],
    ['a subject that is nobody', { claims: { sub: '018f0000-0000-7000-8000-000000000000' } }],
    ['another secret', { secret: OTHER_SECRET }],
    ['another secret and no kid', { secret: OTHER_SECRET, header: { kid: undefined } }],
    ['an unknown kid', { header: { kid: 'ffffffffffff' } }],
    ['a kid that is a path', { header: { kid: '../../etc/passwd' } }],
    [
      'a key of its own in jwk',
      { secret: OTHER_SECRET, header: { jwk: { kty: 'oct', k: Buffer.from(OTHER_SECRET).toString('base64url') } } },
    ],
    ['a place for keys in jku', { secret: OTHER_SECRET, header: { jku: 'https://keys.example/jwks.json' } }],
    ['a place for a certificate in x5u', { secret: OTHER_SECRET, header: { x5u: 'https://keys.example/cert.pem' } }],
    ['another algorithm', { header: { alg: 'HS512' } }],
  ])('with %s is refused', async (_, change) => {
    expectRefusal(await me(await forge(change)), 401, 'AUTH_TOKEN_INVALID');
  });

  it('that has expired is told so', async () => {
    const answer = await me(await forge({ claims: { exp: now() - 60 } }));
    expectRefusal(answer, 401, 'AUTH_TOKEN_EXPIRED');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it.each(['none', 'None', 'NONE'])('of the algorithm %s is refused, signed or not', async (alg) => {
    const header = { ...decodeProtectedHeader(account.token), alg };
    const payload = decodeJwt(account.token);
    const signature = createHmac('sha256', SECRET).update(unsigned(header, payload).slice(0, -1)).digest('base64url');
    expectRefusal(await me(unsigned(header, payload)), 401, 'AUTH_TOKEN_INVALID');
    expectRefusal(await me(unsigned(header, payload, signature)), 401, 'AUTH_TOKEN_INVALID');
  });

  it('whose claims were changed after signing is refused', async () => {
    const [header, , signature] = account.token.split('.');
    const payload = Buffer.from(JSON.stringify({ ...decodeJwt(account.token), sub: other.id })).toString('base64url');
    expectRefusal(await me(`${header}.${payload}.${signature}`), 401, 'AUTH_TOKEN_INVALID');
  });

  it.each(['', 'x', 'a.b.c', '..', '{}'])('that is no token is refused: %j', async (token) => {
    const { headers, status, body } = await call(url, 'GET', '/v1/users/me', {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect({ status, family: body.error.code.split('_')[0] }).toEqual({ status: 401, family: 'AUTH' });
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('of another token_version than the user’s is refused', async () => {
    expectRefusal(await me(await forge({ claims: { ver: 7 } })), 401, 'AUTH_TOKEN_REVOKED');
  });

  it('that names another user’s sign-in is refused', async () => {
    const { sid } = decodeJwt(other.token);
    expectRefusal(await me(await forge({ claims: { sid } })), 401, 'AUTH_TOKEN_REVOKED');
  });

  it('that claims to be an admin’s is believed only as far as the database goes', async () => {
    const token = await forge({ claims: { role: 'admin', scopes: ['admin'] } });
    expectRefusal(await call(url, 'GET', '/v1/admin/config', { token }), 403, 'AUTH_FORBIDDEN');
  });

  it('is not to be replaced by a refresh token', async () => {
    expectRefusal(await me(account.refreshToken), 401, 'AUTH_TOKEN_INVALID');
  });

  it('is taken from the Authorization header alone', async () => {
    const { token } = account;
    const query = await call(url, 'GET', `/v1/users/me?access_token=${token}&token=${token}`);
    const cookie = await call(url, 'GET', '/v1/users/me', { headers: { Cookie: `access_token=${token}` } });
    const basic = await call(url, 'GET', '/v1/users/me', { headers: { Authorization: `Basic ${token}` } });
    expectRefusal(query, 401, 'AUTH_REQUIRED');
    expectRefusal(cookie, 401, 'AUTH_REQUIRED');
    expectRefusal(basic, 401, 'AUTH_TOKEN_INVALID');
    const lower = await call(url, 'GET', '/v1/users/me', { headers: { authorization: `bearer ${token}` } });
    expect(lower.status).toBe(200);
  });
});

describe('a new JWT_SECRET', () => {
  it('lets the tokens of JWT_SECRET_PREVIOUS live on, and no others', async () => {
    const stores = await testStores();
    try {
      const before = await startTestServer({ from: stores, env: { JWT_SECRET: SECRET } });
      const { token } = await newAccount(before.url);
      await before.stop();

      const both = await startTestServer({
        from: stores,
        env: { JWT_SECRET: OTHER_SECRET, JWT_SECRET_PREVIOUS: SECRET },
      });
      expect((await call(both.url, 'GET', '/v1/users/me', { token })).status).toBe(200);
      const fresh = await newAccount(both.url);
      await both.stop();

      const after = await startTestServer({ from: stores, env: { JWT_SECRET: OTHER_SECRET } });
      expect((await call(after.url, 'GET', '/v1/users/me', { token: fresh.token })).status).toBe(200);
      expectRefusal(await call(after.url, 'GET', '/v1/users/me', { token }), 401, 'AUTH_TOKEN_INVALID');
      await after.stop();
    } finally {
      await stores.remove();
    }
  });
});
