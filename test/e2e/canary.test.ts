import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chat, messagesOf, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { personality } from '../setup/config-folder.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { connected, nextEvent } from '../setup/socket.js';

const FILE_RULE = { feature: 'from-file', enabled: true, percentage: 100, environments: ['staging'] };

const SECOND = {
  name: 'second',
  base_url: '${OPENAI_BASE_URL}',
  default_model: 'second-model',
  models: ['second-model'],
  vision: false,
};

const parts = simulatedServer({
  env: ADMIN_ENV,
  config: {
    'canary.yaml': { rules: [FILE_RULE] },
    'engines.development.yaml': { ai: { others: [SECOND] } },
    'personalities/pirate.yaml': personality('pirate'),
    'personalities/sailor.yaml': personality('sailor'),
  },
});
let account: Account;
let admin: Account;
beforeAll(async () => {
  [account, admin] = await Promise.all([newAccount(parts.url), firstAdmin(parts.url)]);
});
beforeEach(async () => {
  const { body } = await admin.call('GET', '/v1/admin/canary');
  for (const { feature, source } of body.items as { feature: string; source: string }[])
    if (source === 'admin') await admin.call('DELETE', `/v1/admin/canary/${feature}`);
});

const put = (feature: string, rule: object) => admin.call('PUT', `/v1/admin/canary/${feature}`, rule);
const everybody = (variant: object, more: object = {}) => ({ enabled: true, percentage: 100, variant, ...more });
const say = (more: object = {}) => chat(account, undefined, [user('Hello')], { ...more });
const askedModel = () => parts.provider.requests.at(-1)?.body['model'];
const systemOf = () => JSON.stringify(parts.provider.requests.at(-1)?.body['messages']);

describe('the admin routes', () => {
  it.each([
    ['GET', '/v1/admin/canary'],
    ['GET', '/v1/admin/canary/from-file'],
    ['PUT', '/v1/admin/canary/x'],
    ['DELETE', '/v1/admin/canary/x'],
    ['POST', '/v1/admin/canary/rollback'],
  ])('%s %s is for admins only', async (method, route) => {
    expectRefusal(await account.call(method, route, method === 'PUT' ? {} : undefined), 403, 'AUTH_FORBIDDEN');
  });

  it('answer every rule in one shape, wherever it comes from', async () => {
    const shape = {
      feature: 'from-file',
      enabled: true,
      percentage: 100,
      subject: 'user',
      allow_list: [],
      block_list: [],
      environments: ['staging'],
      personalities: [],
      variant: {},
      base_upstream: null,
      budget: null,
      source: 'file',
      rolled_back: null,
      updated_at: null,
      updated_by: null,
    };
    expect((await admin.call('GET', '/v1/admin/canary/from-file')).body).toEqual(shape);
    expect((await admin.call('GET', '/v1/admin/canary')).body).toEqual({ items: [shape], next_cursor: null });
    const { body } = await put('from-file', { percentage: 0.5 });
    expect(body).toMatchObject({ percentage: 0.5, environments: [], source: 'admin', updated_by: admin.id });
    expect(Object.keys(body).toSorted()).toEqual(Object.keys(shape).toSorted());
    expect((await admin.call('DELETE', '/v1/admin/canary/from-file')).body).toEqual(shape);
  });

  it('forget a rule that no file has', async () => {
    await put('new', everybody({}));
    const { status, body } = await admin.call('DELETE', '/v1/admin/canary/new');
    expect([status, body.source, body.enabled]).toEqual([200, 'none', false]);
    for (const method of ['GET', 'DELETE'])
      expectRefusal(await admin.call(method, '/v1/admin/canary/new'), 404, 'RESOURCE_NOT_FOUND');
  });

  it.each<[string, object, string]>([
    ['percentage', { percentage: 101 }, 'percentage'],
    ['a percentage finer than its buckets', { percentage: 0.001 }, 'percentage'],
    ['percentage as text', { percentage: '5' }, 'percentage'],
    ['an unknown key', { percent: 5 }, 'percent'],
    ['another feature', { feature: 'other' }, 'feature'],
    ['an unknown personality', { variant: { personality: 'nobody' } }, 'variant.personality'],
    ['an unknown provider', { variant: { provider: 'nobody' } }, 'variant.provider'],
    ['an unknown upstream of the base', { base_upstream: 'nowhere' }, 'base_upstream'],
    ['an unknown upstream', { variant: { upstream: 'nowhere' } }, 'variant.upstream'],
    ['an unknown personality to restrict to', { personalities: ['nobody'] }, 'personalities'],
    ['an unknown environment', { environments: ['moon'] }, 'environments'],
    ['a budget without a limit', { budget: { min_requests: 5 } }, 'budget'],
    ['a budget with an unknown key', { budget: { max_errors: 5 } }, 'budget.max_errors'],
    ['a list of numbers', { allow_list: [5] }, 'allow_list'],
  ])('refuse %s, and say which field', async (_, rule, param) => {
    const refused = await put('wrong', rule);
    expectRefusal(refused, 400, 'VALIDATION_FAILED');
    expect(refused.body.error.param).toBe(param);
    expectRefusal(await admin.call('GET', '/v1/admin/canary/wrong'), 404, 'RESOURCE_NOT_FOUND');
  });

  it('refuse a list as a rule', async () => {
    expectRefusal(await put('wrong', []), 400, 'VALIDATION_FAILED');
  });
});

describe('a variant', () => {
  it('names another model, whatever the caller asks for, and the answer says so', async () => {
    await put('model', everybody({ model: 'better-model' }));
    for (const more of [{}, { model: 'gpt-4o' }]) {
      const { body } = await say(more);
      expect([askedModel(), body.model]).toEqual(['better-model', 'better-model']);
      expect(body.metadata.canary).toEqual([{ feature: 'model', variant: 'canary', reason: 'percentage' }]);
    }
  });

  it('names another provider, which answers with its own model', async () => {
    await put('provider', everybody({ provider: 'second' }));
    const { body } = await say({ model: 'gpt-4o' });
    expect([askedModel(), body.model]).toEqual(['second-model', 'second-model']);
  });

  it('names another personality, and the session stays with the one that it was begun with', async () => {
    await put('pirates', everybody({ personality: 'pirate' }, { personalities: ['sailor'] }));
    const session = await newSession(account, { title: 'A test', personality_id: 'sailor' });
    const first = await chat(account, session, [user('Hello')]);
    expect(first.body.metadata.personality_id).toBe('pirate');
    expect(systemOf()).toContain('You are pirate.');
    const stored = (await messagesOf(account, session)).at(-1);
    expect(stored?.metadata['canary']).toEqual([{ feature: 'pirates', variant: 'canary', reason: 'percentage' }]);
    await admin.call('POST', '/v1/admin/canary/rollback');
    const second = await chat(account, session, [user('And now?')]);
    expect(second.body.metadata).toMatchObject({ personality_id: 'sailor' });
    expect(second.body.metadata).not.toHaveProperty('canary');
  });

  // Bug: a session that began while a canary ran kept the variant's personality after the rollback.
  it('does not outlive its rollback in a session that began with it', async () => {
    await put('pirates', everybody({ personality: 'pirate' }));
    const { body } = await say({ store: true });
    expect(body.metadata.personality_id).toBe('pirate');
    await admin.call('POST', '/v1/admin/canary/rollback');
    const later = await chat(account, body.metadata.session_id as string, [user('And now?')]);
    expect(later.body.metadata.personality_id).not.toBe('pirate');
  });

  it('that cannot read what is sent leaves the request as it was', async () => {
    await put('provider', everybody({ provider: 'second' }));
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const { status, body } = await chat(account, undefined, [user([{ type: 'text', text: 'What is it?' }, picture])]);
    expect([status, parts.provider.requests.length]).toEqual([200, 1]);
    expect(body.metadata.canary).toEqual([{ feature: 'provider', variant: 'base', reason: 'unavailable' }]);
  });

  it('whose model the provider does not know is no mistake of the caller', async () => {
    await put('model', everybody({ model: 'no-such-model' }));
    parts.provider.failOnce({ kind: 'status', status: 404, code: 'model_not_found' });
    expectRefusal(await say({ model: 'gpt-4o' }), 502, 'ENGINE_FAILED');
  });
});

describe('who gets it', () => {
  it.each<[string, () => object, string[]]>([
    ['nobody, where it is off', () => ({ enabled: false, allow_list: [account.id] }), []],
    ['nobody, in other environments', () => ({ environments: ['production'], allow_list: [account.id] }), []],
    ['who is allowed', () => ({ percentage: 0, allow_list: [account.id] }), ['canary allow_list']],
    ['not who is blocked', () => ({ allow_list: [account.id], block_list: [account.id] }), ['base block_list']],
    ['nobody at 0 %', () => ({ percentage: 0 }), ['base percentage']],
  ])('%s', async (_, more, expected) => {
    await put('who', { ...everybody({ model: 'better-model' }), ...more() });
    const notes = ((await say()).body.metadata.canary ?? []) as { variant: string; reason: string }[];
    expect(notes.map(({ variant, reason }) => `${variant} ${reason}`)).toEqual(expected);
    expect(askedModel() === 'better-model').toBe(expected[0]?.startsWith('canary') ?? false);
  });

  it('streams and sockets tell of it too', async () => {
    await put('model', everybody({ model: 'better-model' }));
    const stream = await say({ stream: true });
    expect(stream.body).toContain('"canary":[{"feature":"model","variant":"canary","reason":"percentage"}]');
    const socket = await connected(parts.url, '/chat', account.token);
    const done = nextEvent<{ metadata: { canary: object[] } }>(socket, 'chat.done');
    await socket.emitWithAck('chat.send', { text: 'Hello' });
    expect((await done).metadata.canary).toMatchObject([{ feature: 'model', variant: 'canary' }]);
    expect(askedModel()).toBe('better-model');
    socket.close();
  });
});

describe('a rollback by hand', () => {
  it('switches all off, those of the file too, and says what was on', async () => {
    await put('one', everybody({ model: 'better-model' }));
    await put('two', { enabled: false });
    const { status, body } = await admin.call('POST', '/v1/admin/canary/rollback');
    expect([status, body.rolled_back]).toEqual([200, ['from-file', 'one']]);
    const rules = body.items as { feature: string; enabled: boolean; rolled_back: { cause: string } | null }[];
    expect(rules.map(({ feature, enabled, rolled_back: back }) => [feature, enabled, back?.cause])).toEqual([
      ['from-file', false, 'manual'],
      ['one', false, 'manual'],
      ['two', false, undefined],
    ]);
    await say();
    expect(askedModel()).not.toBe('better-model');
    expect((await admin.call('POST', '/v1/admin/canary/rollback')).body.rolled_back).toEqual([]);
  });
});
