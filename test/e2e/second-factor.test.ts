import { TOTP, URI } from 'otpauth';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Account, call, newAccount } from '../setup/account.js';
import { expectRefusal } from '../setup/refusal.js';
import { testServer } from '../setup/test-server.js';

let url: string;
let account: Account;

beforeAll(async () => {
  ({ url } = await testServer());
});
beforeEach(async () => {
  account = await newAccount(url);
});

const signIn = (more: object = {}) =>
  call(url, 'POST', '/v1/users/login', { body: { username: account.username, password: account.password, ...more } });

/** The authenticator of the user; the steps of its clock are the test's. */
async function authenticator(): Promise<(steps: number) => string> {
  const { status, body } = await account.call('POST', '/v1/auth/mfa/setup', {});
  expect(status).toBe(200);
  const totp = URI.parse(body.otpauth_url) as TOTP;
  expect(totp.secret.base32).toBe(body.secret);
  const start = Date.now();
  return (steps) => totp.generate({ timestamp: start + steps * 30_000 });
}

async function enabled(): Promise<{ code: (steps: number) => string; recovery: string[] }> {
  const code = await authenticator();
  const { status, body } = await account.call('POST', '/v1/auth/mfa/verify', { code: code(-1) });
  expect(status).toBe(200);
  return { code, recovery: body.recovery_codes as string[] };
}

describe('a second factor', () => {
  it('is asked for once a code of it was seen, and each code works once', async () => {
    const code = await authenticator();
    expect((await signIn()).status).toBe(200);
    expectRefusal(
      await account.call('POST', '/v1/auth/mfa/verify', { code: '000000' }),
      401,
      'AUTH_MFA_INVALID',
      'code',
    );
    expect((await account.call('POST', '/v1/auth/mfa/verify', { code: code(-1) })).body.enabled).toBe(true);
    expect((await account.call('GET', '/v1/auth/mfa')).body).toEqual({ enabled: true });
    expectRefusal(await signIn(), 401, 'AUTH_MFA_REQUIRED');
    expectRefusal(await signIn({ code: code(-1) }), 401, 'AUTH_MFA_INVALID');
    expect((await signIn({ code: code(0) })).status).toBe(200);
    expectRefusal(await signIn({ code: code(0) }), 401, 'AUTH_MFA_INVALID');
    expect((await signIn({ code: code(1) })).status).toBe(200);
  });

  it('can be replaced by each recovery code once', async () => {
    const { recovery } = await enabled();
    expect(new Set(recovery).size).toBe(10);
    const [first = ''] = recovery;
    const typed = `${first.slice(0, 8).toLowerCase()}-${first.slice(8)}`;
    expect((await signIn({ code: typed })).status).toBe(200);
    expectRefusal(await signIn({ code: typed }), 401, 'AUTH_MFA_INVALID');
  });

  it('is turned off by a code only', async () => {
    const { code } = await enabled();
    expectRefusal(await account.call('POST', '/v1/auth/mfa/setup', {}), 409, 'RESOURCE_CONFLICT');
    expectRefusal(await account.call('POST', '/v1/auth/mfa/disable', { code: '000000' }), 401, 'AUTH_MFA_INVALID');
    expectRefusal(await account.call('POST', '/v1/auth/mfa/disable', {}), 400, 'VALIDATION_FAILED', 'code');
    expect((await account.call('POST', '/v1/auth/mfa/disable', { code: code(0) })).body).toEqual({ enabled: false });
    expect((await signIn()).status).toBe(200);
  });

  it('is told wrong passwords apart from wrong codes by nobody without the password', async () => {
    const { code } = await enabled();
    expectRefusal(await signIn({ password: 'a wrong one', code: code(0) }), 401, 'AUTH_INVALID_CREDENTIALS');
  });

  it('is no business of API keys', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'a key' });
    const asked = await call(url, 'POST', '/v1/auth/mfa/setup', { token: body.key, body: {} });
    expectRefusal(asked, 403, 'AUTH_SCOPE_MISSING');
  });
});

describe('guessing a password', () => {
  it('locks the name after five failures, whoever holds the right one, and under its other name', async () => {
    for (let time = 0; time < 6; time += 1) {
      expectRefusal(await signIn({ password: `guess number ${time}` }), 401, 'AUTH_INVALID_CREDENTIALS');
    }
    const locked = await signIn();
    expectRefusal(locked, 429, 'AUTH_LOCKED');
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0);
    expectRefusal(await signIn({ username: account.email }), 429, 'AUTH_LOCKED');
    // Whoever is signed in already stays so.
    expect((await account.call('GET', '/v1/users/me')).status).toBe(200);
  });

  it('locks a name that nobody has alike, so that locks do not tell who exists', async () => {
    const username = 'nobody.at.all';
    const answers = [];
    for (let time = 0; time < 7; time += 1) answers.push(await signIn({ username, password: 'a guess' }));
    expect(answers.map(({ body }) => body.error.code)).toEqual([
      ...Array(6).fill('AUTH_INVALID_CREDENTIALS'),
      'AUTH_LOCKED',
    ]);
  });

  it('starts from nothing after a sign-in that worked', async () => {
    for (let round = 0; round < 2; round += 1) {
      for (let time = 0; time < 5; time += 1) await signIn({ password: 'a guess' });
      expect((await signIn()).status).toBe(200);
    }
  });
});
