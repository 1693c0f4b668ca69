import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { expectRefusal } from '../setup/refusal.js';
import { ownServer } from '../setup/test-server.js';

const server = ownServer(() => ({ env: ADMIN_ENV }));
let url: string;
let account: Account;

beforeAll(async () => {
  ({ url } = await server());
});
beforeEach(async () => {
  account = await newAccount(url);
});

const preferences = async () => (await account.call('GET', '/v1/users/me/preferences')).body.preferences;
const prefer = (change: unknown) => account.call('PUT', '/v1/users/me/preferences', change);
const changeProfile = (change: unknown, id = account.id) => account.call('PUT', `/v1/users/${id}/profile`, change);

describe('GET /v1/users/me', () => {
  it('answers what the web app reads, and no secret', async () => {
    expect((await account.call('GET', '/v1/users/me')).body).toEqual({
      id: account.id,
      username: account.username,
      email: account.email,
      role: 'user',
      display_name: null,
      bio: null,
      interests: [],
      avatar_url: null,
      preferences: {},
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });
});

describe('preferences', () => {
  it('are merged key by key at every depth; null removes, lists are replaced', async () => {
    await prefer({ theme: 'dark', voice: { speed: 1, tone: { warm: true, loud: false } }, tags: ['a', 'b'] });
    const { status, body } = await prefer({ voice: { tone: { loud: null, low: true } }, tags: ['c'], language: 'de' });
    expect(status).toBe(200);
    const merged = {
      theme: 'dark',
      voice: { speed: 1, tone: { warm: true, low: true } },
      tags: ['c'],
      language: 'de',
    };
    expect(body).toEqual({ preferences: merged });
    expect(await preferences()).toEqual(merged);
    expect((await account.call('GET', '/v1/users/me')).body.preferences).toEqual(merged);
  });

  it('may be sent wrapped, as they were got', async () => {
    await prefer({ preferences: { theme: 'dark' } });
    expect(await preferences()).toEqual({ theme: 'dark' });
  });

  it('take two changes at once, and lose neither', async () => {
    const keys = Array.from({ length: 10 }, (_, index) => `key${index}`);
    await Promise.all(keys.map((key) => prefer({ [key]: true })));
    expect(Object.keys(await preferences()).toSorted()).toEqual(keys);
  });

  it('take __proto__ and constructor for words like others', async () => {
    const { status } = await prefer('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    expect(status).toBe(200);
    expect((await (await newAccount(url)).call('GET', '/v1/users/me')).body.polluted).toBeUndefined();
    expect(JSON.stringify(await preferences())).toContain('"constructor"');
  });

  it.each(['[]', '"dark"', '5', 'null'])('are refused when they are no object: %s', async (body) => {
    expect((await prefer(body)).status).toBe(400);
    expect(await preferences()).toEqual({});
  });

  it('may hold 64 KB, all changes together', async () => {
    expect((await prefer({ a: 'x'.repeat(40_000) })).status).toBe(200);
    expectRefusal(await prefer({ b: 'x'.repeat(40_000) }), 400, 'VALIDATION_FAILED', 'preferences');
    expect(Object.keys(await preferences())).toEqual(['a']);
  });

  it('answer what they store, NUL in a value included', async () => {
    const { body } = await prefer({ a: 'x\0y' });
    expect(body.preferences).toEqual(await preferences());
  });

  // Bug: storableJson cleans values only; Postgres takes neither NUL nor half a surrogate pair in a key either.
  it.each([
    ['NUL', '{"a\\u0000b":1}'],
    ['half a surrogate pair', '{"\\ud800":1}'],
  ])('with %s in a key are taken or refused, but never fail', async (_, body) => {
    expect((await prefer(body)).status).toBeOneOf([200, 400]);
  });

  // Bug: the merge recurses, so a body of deep nesting overflows the stack.
  it('nested without end are refused', async () => {
    const depth = 50_000;
    const { status } = await prefer(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
    expect(status).toBe(400);
  });
});

describe('the profile', () => {
  const profile = {
    display_name: 'Ana 🌱',
    bio: 'Likes\ntea',
    interests: ['hiking', 'Go'],
    avatar_url: 'data:image/png;base64,AAAA',
  };

  it('is flat, and changes only where something is given', async () => {
    expect((await changeProfile(profile)).body).toEqual(profile);
    expect((await changeProfile({ bio: 'Likes coffee' })).body).toEqual({ ...profile, bio: 'Likes coffee' });
    expect((await changeProfile({ display_name: null, interests: null })).body).toEqual({
      display_name: null,
      bio: 'Likes coffee',
      interests: [],
      avatar_url: profile.avatar_url,
    });
    const { body } = await account.call('GET', '/v1/users/me/profile');
    expect(body).toMatchObject({ display_name: null, bio: 'Likes coffee', interests: [] });
    expect((await account.call('GET', '/v1/users/me')).body).toMatchObject(body);
  });

  it('may be addressed as "me"', async () => {
    expect((await changeProfile({ bio: 'x' }, 'me')).body.bio).toBe('x');
  });

  it.each(['https://example.com/a.png', '/pictures/a.png', 'data:application/octet-stream;base64,AAAA', ''])(
    'takes the picture %j',
    async (avatar) => {
      expect((await changeProfile({ avatar_url: avatar })).body.avatar_url).toBe(avatar);
    },
  );

  it('takes a picture of 6 MB as a data: URL, as the web app sends it', async () => {
    const avatar = `data:image/png;base64,${'A'.repeat(8_400_000)}`;
    expect((await changeProfile({ avatar_url: avatar })).body.avatar_url).toBe(avatar);
  });

  it.each([
    ['display_name', 'x'.repeat(81)],
    ['display_name', 5],
    ['bio', 'x'.repeat(2001)],
    ['interests', 'hiking'],
    ['interests', Array.from({ length: 51 }, () => 'x')],
    ['interests', ['x'.repeat(81)]],
    ['interests', [5]],
    ['avatar_url', 'x'.repeat(8_500_001)],
    ['avatar_url', 'javascript:alert(1)'],
    ['avatar_url', 'data:text/html,<script>alert(1)</script>'],
    ['avatar_url', '//elsewhere.example/a.png'],
  ])('names %s when it is wrong', async (param, value) => {
    expectRefusal(await changeProfile({ [param]: value }), 400, 'VALIDATION_FAILED', param);
  });

  it('keeps text with NUL in it readable', async () => {
    const { status, body } = await changeProfile({ bio: 'a\0b', interests: ['c\0d'] });
    expect({ status, bio: body.bio, interests: body.interests }).toEqual({
      status: 200,
      bio: 'a\uFFFDb',
      interests: ['c\uFFFDd'],
    });
  });

  it('of another user does not exist', async () => {
    const other = await newAccount(url);
    for (const id of [other.id, 'somebody', '018f0000-0000-7000-8000-000000000000']) {
      expectRefusal(await changeProfile({ bio: 'mine now' }, id), 404, 'RESOURCE_NOT_FOUND');
    }
    expect((await other.call('GET', '/v1/users/me/profile')).body.bio).toBeNull();
  });

  it('of a user may be changed by an admin', async () => {
    const admin = await firstAdmin(url);
    const { status } = await admin.call('PUT', `/v1/users/${account.id}/profile`, { bio: 'by an admin' });
    expect(status).toBe(200);
    expect((await account.call('GET', '/v1/users/me/profile')).body.bio).toBe('by an admin');
  });

  // Bug: an admin's id is not checked for being a UUID before it reaches the database.
  it('of an id that is no UUID does not exist for an admin either', async () => {
    const admin = await firstAdmin(url);
    for (const id of ['somebody', '018f0000-0000-7000-8000-000000000000']) {
      expectRefusal(await admin.call('PUT', `/v1/users/${id}/profile`, { bio: 'x' }), 404, 'RESOURCE_NOT_FOUND');
    }
  });
});
