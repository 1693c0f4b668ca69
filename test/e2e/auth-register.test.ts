import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { call, newAccount } from '../setup/account.js';
import { expectRefusal } from '../setup/refusal.js';
import { ownServer, testServer } from '../setup/test-server.js';

let url: string;
beforeAll(async () => {
  ({ url } = await testServer());
});

const unique = () => `n${randomBytes(5).toString('hex')}`;
const register = (body: unknown) => call(url, 'POST', '/v1/users/register', { body });
const login = (body: unknown) => call(url, 'POST', '/v1/users/login', { body });

function valid(change: Record<string, unknown> = {}) {
  const username = unique();
  return { username, email: `${username}@example.com`, password: 'secret', ...change };
}

describe('registering', () => {
  it('answers 201 with the same body as signing in', async () => {
    const account = valid();
    const registered = await register(account);
    expect(registered.status).toBe(201);
    expect(registered.body).toEqual({
      access_token: expect.stringMatching(/^eyJ/),
      refresh_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      token_type: 'bearer',
      expires_in: 2_592_000,
      user: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        username: account.username,
        email: account.email,
        role: 'user',
      },
    });
    const signedIn = await login(account);
    expect(signedIn.status).toBe(200);
    expect(Object.keys(signedIn.body)).toEqual(Object.keys(registered.body));
    expect(signedIn.body.user).toEqual(registered.body.user);
  });

  it.each([
    ['username', 'missing', undefined],
    ['username', 'null', null],
    ['username', 'a number', 12_345],
    ['username', 'a list', ['ana']],
    ['username', 'an object', { a: 1 }],
    ['username', 'empty', ''],
    ['username', 'two characters', 'ab'],
    ['username', '21 characters', 'a'.repeat(21)],
    ['username', 'with a space', 'ana maria'],
    ['username', 'with an @, which would look like an address', 'ana@home'],
    ['username', 'with a line break', 'ana\n'],
    ['username', 'with NUL', 'ana\0x'],
    ['username', 'with markup', '<script>'],
    ['email', 'missing', undefined],
    ['email', 'no address', 'ana'],
    ['email', 'without a domain', 'ana@'],
    ['email', 'with two @', 'a@b@example.com'],
    ['email', 'with NUL', 'a\0b@example.com'],
    ['email', '255 characters', `${'a'.repeat(243)}@example.com`],
    ['email', 'an object', {}],
    ['password', 'missing', undefined],
    ['password', 'five characters', '12345'],
    ['password', '257 characters', 'x'.repeat(257)],
    ['password', 'a number', 123_456],
    ['device_id', '129 characters', 'x'.repeat(129)],
    ['device_id', 'a number', 5],
  ])('refuses a %s that is %s, naming the field', async (param, _, value) => {
    const answer = await register(valid({ [param]: value }));
    expectRefusal(answer, 400, 'VALIDATION_FAILED', param);
    expect(answer.body.message).toContain(param);
  });

  it('names every field at fault in the details', async () => {
    const { body } = await register({ username: 'a', email: 'b', password: 'c' });
    const paths = body.error.details.errors.map(({ path }: { path: string }) => path);
    expect([...new Set(paths)]).toEqual(['username', 'email', 'password']);
  });

  it.each([
    ['three characters', () => randomBytes(2).toString('hex').slice(0, 3)],
    ['20 characters', () => unique().padEnd(20, 'x')],
    ['other scripts', () => `анна${randomBytes(4).toString('hex')}`],
    ['dots, dashes and underscores', () => `a.b-c_${randomBytes(4).toString('hex')}`],
  ])('takes a user name of %s', async (_, username) => {
    expect((await register(valid({ username: username(), email: `${unique()}@example.com` }))).status).toBe(201);
  });

  it('ignores fields it does not know, the role among them', async () => {
    const { status, body } = await register(valid({ role: 'admin', is_admin: true, status: 'active' }));
    expect(status).toBe(201);
    expect(body.user.role).toBe('user');
  });

  // Bug: `device_id` reaches the database as it came, and Postgres takes no NUL; the account is left behind.
  it('takes a device_id with NUL in it, or refuses it before the account is made', async () => {
    const account = valid({ device_id: 'a\0b' });
    const first = await register(account);
    const second = await register({ ...account, device_id: 'a' });
    expect([first.status, second.status]).toBeOneOf([
      [201, 409],
      [400, 201],
    ]);
  });
});

describe('a name or address that is taken', () => {
  it.each([
    ['username', (name: string) => ({ username: name })],
    ['username', (name: string) => ({ username: name.toUpperCase() })],
    ['email', (name: string) => ({ email: `${name}@example.com` })],
    ['email', (name: string) => ({ email: `${name.toUpperCase()}@Example.COM` })],
  ])('answers 409 with the param %s', async (param, change) => {
    const first = valid();
    await register(first);
    expectRefusal(await register(valid(change(first.username))), 409, 'RESOURCE_CONFLICT', param);
  });

  it('is taken once, however many register it at once', async () => {
    const account = valid();
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(account)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  it('is taken in any case in other scripts too', async () => {
    const name = `анна${randomBytes(4).toString('hex')}`;
    await register(valid({ username: name, email: `${unique()}@example.com` }));
    const shouted = valid({ username: name.toUpperCase(), email: `${unique()}@example.com` });
    expectRefusal(await register(shouted), 409, 'RESOURCE_CONFLICT', 'username');
  });
});

describe('signing in', () => {
  it('works by user name and by e-mail address, whatever the case', async () => {
    const { id, username, email, password } = await newAccount(url);
    for (const fields of [
      { username },
      { username: username.toUpperCase() },
      { username: email },
      { username: email.toUpperCase() },
      { email },
    ]) {
      const { status, body } = await login({ ...fields, password });
      expect({ status, id: body.user.id }).toEqual({ status: 200, id });
    }
  });

  it('answers under /v1/auth/login as well', async () => {
    const { username, password } = await newAccount(url);
    const { status } = await call(url, 'POST', '/v1/auth/login', { body: { username, password } });
    expect(status).toBe(200);
  });

  it('answers a wrong password and an unknown user alike', async () => {
    const { username } = await newAccount(url);
    const wrong = await login({ username, password: 'not the password' });
    const unknown = await login({ username: unique(), password: 'not the password' });
    expectRefusal(wrong, 401, 'AUTH_INVALID_CREDENTIALS');
    expectRefusal(unknown, 401, 'AUTH_INVALID_CREDENTIALS');
    const words = ({ body }: typeof wrong) => ({ ...body, error: { ...body.error, request_id: null } });
    expect(words(unknown)).toEqual(words(wrong));
    expect(unknown.headers.get('www-authenticate')).toBe(wrong.headers.get('www-authenticate'));
  });

  it.each([
    ['username', { password: 'secret' }],
    ['username', { username: '', password: 'secret' }],
    ['username', { username: ['ana'], password: 'secret' }],
    ['password', { username: 'ana' }],
    ['password', { username: 'ana', password: '' }],
    ['password', { username: 'ana', password: 'x'.repeat(257) }],
  ])('names %s when it is missing or wrong', async (param, body) => {
    expectRefusal(await login(body), 400, 'VALIDATION_FAILED', param);
  });

  it('takes a name with NUL or half a surrogate pair for an unknown one', async () => {
    for (const username of ['ana\0', 'ana\uD800']) {
      expectRefusal(await login({ username, password: 'secret' }), 401, 'AUTH_INVALID_CREDENTIALS');
    }
  });
});

describe('with REGISTRATION_ENABLED=false', () => {
  const closed = ownServer(() => ({ env: { REGISTRATION_ENABLED: 'false' } }));

  it('registering answers 403 on both routes', async () => {
    const { url: own } = await closed();
    for (const route of ['/v1/users/register', '/v1/auth/register']) {
      expectRefusal(await call(own, 'POST', route, { body: valid() }), 403, 'AUTH_REGISTRATION_CLOSED');
    }
  });
});
