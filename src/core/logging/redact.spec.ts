import { describe, expect, it } from 'vitest';
import { describeError, redact, redactForKeeping, redactText } from './redact.js';

const SECRET = 's3cretValue42';

describe('redactText', () => {
  it.each([
    [`Authorization: Bearer ${SECRET}`],
    [`bearer   ${SECRET}`],
    [`Basic ${SECRET}`],
    [`the key sk-${SECRET} is wrong`],
    [`sk-proj-${SECRET}`],
    [`ck_${SECRET}`],
    [`ek_${SECRET}`],
    [`postgres://ana:${SECRET}@host:5432/db`],
    [`redis://:${SECRET}@host:6379`],
    [`https://user:${SECRET}@gateway.example/v1 and more`],
    // Passwords are often written as they are, though a URL would want them encoded.
    [`postgres://ana:${SECRET}/x@host/db`],
    [`postgres://ana:p@${SECRET}@host/db`],
  ])('hides the secret in: %s', (text) => {
    expect(redactText(text)).not.toContain(SECRET);
  });

  // In a time that grew with the square of the length, it would not end within the test's.
  it.each(['a.', 'a://b:', 'a@', 'sk-', 'Bearer ', 'eyJaaaaaaaa.', '"token":"', 'AAAA ', 'password', 'cookie:'])(
    'is done soon with a long text of: %s',
    (part) => {
      expect(redactText(`${part.repeat(500_000 / part.length)} ck_${SECRET}`)).not.toContain(SECRET);
    },
  );

  it('hides JSON web tokens', () => {
    const token = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}`;
    expect(redactText(`token ${token}!`)).not.toMatch(/eyJ|s3cret/);
  });

  it.each([
    'Listening on http://localhost:3000/',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'task-manager asked 3 times',
    '018f0000-0000-7000-8000-000000000000',
    'basic text',
  ])('leaves what is no secret: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe('redact', () => {
  it.each([
    'password',
    'passwd',
    'db_password',
    'userPassword',
    'secret',
    'jwt_secret',
    'client_secret_value',
    'token',
    'access_token',
    'refreshToken',
    'api_key',
    'apiKey',
    'apikey',
    'api-key',
    'X-Api-Key',
    'Authorization',
    'Cookie',
    'set-cookie',
    'database_url',
    'redis_url',
    'credential',
    'credentials',
    'passphrase',
    'audit_hmac_key_previous',
    'privateKey',
    'private_key',
    'otp',
    'cvc',
    'cardNumber',
  ])('hides what stands under %s', (key) => {
    expect(JSON.stringify(redact({ [key]: SECRET, below: [{ [key]: SECRET }] }))).not.toContain(SECRET);
  });

  it('hides whole trees under such a key', () => {
    expect(redact({ credentials: { user: 'ana', more: [SECRET] } })).toEqual({ credentials: '[redacted]' });
  });

  it.each(['max_tokens', 'token_count', 'answer_reserve_tokens', 'prompt_tokens', 'access_token_ttl_seconds', 'keys'])(
    'shows what stands under %s',
    (key) => {
      expect(redact({ [key]: 5 })).toEqual({ [key]: 5 });
    },
  );

  it('shows that a secret is not set', () => {
    expect(redact({ password: undefined, token: null, secret: '' })).toEqual({
      password: undefined,
      token: null,
      secret: '',
    });
  });

  it('leaves other values, and the value given, as they are', () => {
    const value = { a: 1, b: true, c: null, d: ['x', { e: 'y' }] };
    const copy = structuredClone(value);
    expect(redact(value)).toEqual(copy);
    expect(value).toEqual(copy);
  });

  it('ends at its depth, however deep or round the value is', () => {
    const round: Record<string, unknown> = {};
    round['self'] = round;
    expect(JSON.stringify(redact(round))).toContain('[deep]');
    expect(redact({ a: { b: { c: 1 } } }, 2)).toEqual({ a: { b: '[deep]' } });
  });
});

describe('describeError', () => {
  it('tells kind, code and stack, without secrets, causes included', () => {
    const cause = Object.assign(new Error(`no way to postgres://a:${SECRET}@h/d`), { code: 'ECONNREFUSED' });
    const described = describeError(new TypeError(`Bearer ${SECRET}`, { cause }));
    expect(described).toMatchObject({
      name: 'TypeError',
      message: 'Bearer [redacted]',
      stack: expect.stringContaining('redact.spec'),
      cause: { name: 'Error', code: 'ECONNREFUSED' },
    });
    expect(JSON.stringify(described)).not.toContain(SECRET);
  });

  it('takes anything thrown, and causes that go round', () => {
    expect(Object.values(describeError(`Bearer ${SECRET}`))).toEqual(['Bearer [redacted]']);
    expect(JSON.stringify(describeError(undefined))).not.toContain('stack');
    const round = new Error('round');
    round.cause = round;
    expect(JSON.stringify(describeError(round)).length).toBeLessThan(20_000);
  });
});

describe('redactForKeeping', () => {
  const bytes = (value: object) => JSON.stringify(redactForKeeping(value)).length;

  it('hides secrets by key and by pattern, at every depth, in keys too', () => {
    const kept = redactForKeeping({
      password: SECRET,
      deep: [{ Authorization: SECRET, say: `my key is sk-${SECRET}, and ck_${SECRET}` }],
      [`ek_${SECRET}`]: 1,
      note: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}`,
    });
    expect(JSON.stringify(kept)).not.toContain(SECRET);
    expect(kept).toMatchObject({ password: '[redacted]', deep: [{ Authorization: '[redacted]' }] });
  });

  it.each([
    ['write to ana.b+c@mail.example.co.uk!', 'write to [email]!'],
    ['card 4111 1111 1111 1111 please', 'card [card number] please'],
    ['5500-0000-0000-0004', '[card number]'],
    // No card: Luhn's check fails.
    ['order 4111 1111 1111 1112', 'order 4111 1111 1111 1112'],
    ['018f0000-0000-7000-8000-000000000000', '018f0000-0000-7000-8000-000000000000'],
    ['at 12:30 @ home', 'at 12:30 @ home'],
  ])('%s becomes %s', (text, expected) => {
    expect(redactForKeeping({ text })).toEqual({ text: expected });
  });

  it.each([
    [1, 1],
    [-1.5, -1.5],
    [0.000001, 0.000001],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [10n, '10'],
    [true, true],
    [null, null],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), null],
    [Buffer.from('x'), '[bytes]'],
    [
      [undefined, () => 1],
      [null, null],
    ],
  ])('keeps %s as %s', (value, expected) => {
    expect(redactForKeeping({ value })).toEqual({ value: expected });
  });

  it('is small, whatever is given', () => {
    const long = 'a b '.repeat(100_000);
    const round: Record<string, unknown> = {};
    round['self'] = round;
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key ${index}`, long]));
    for (const value of [{ long }, round, wide, { list: Array.from({ length: 10_000 }, () => wide) }]) {
      expect(bytes(value)).toBeLessThan(10_000);
    }
    expect(redactForKeeping({ long })['long']).toMatch(/^a b .*… \[400000 characters\]$/);
    expect(redactForKeeping({ a: { b: { c: { d: { e: {} } } } } })).toEqual({
      a: { b: { c: { d: { e: '[deep]' } } } },
    });
  });

  it('never shows the half of a secret that a cut left over', () => {
    const text = `${'sk-aaaaaaaaaaaa '.repeat(249)}      ck_${SECRET}`;
    expect(JSON.stringify(redactForKeeping({ text }))).not.toContain('s3c');
  });

  it('cannot be used to reach a prototype, or to throw', () => {
    const kept = redactForKeeping(
      JSON.parse('{"__proto__": {"x": 1}, "a": {"__proto__": {"x": 1}, "b": 1}}') as object,
    );
    expect(kept).toEqual({ a: { b: 1 } });
    expect(({} as { x?: number }).x).toBeUndefined();
    const throwing = {
      get a(): never {
        throw new Error('no');
      },
    };
    expect(redactForKeeping(throwing)).toEqual({ unreadable: true });
  });
});
