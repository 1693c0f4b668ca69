import { beforeAll, describe, expect, it, vi } from 'vitest';
import { chat, messagesOf, newSession, user } from '../factories/conversation.js';
import { type Account, type Answer, newAccount } from '../setup/account.js';
import { operationsOf, split } from '../setup/operations.js';
import { expectRefusal } from '../setup/refusal.js';
import { testServer } from '../setup/test-server.js';
import { TestSocket } from '../setup/web-socket.js';

/** Ids of things that belong to everybody. */
const SHARED = [
  'GET /v1/models/{id}',
  'GET /v1/models/{owner}/{name}',
  'GET /v1/personalities/{id}',
  // Names of datasets: everybody has their own of each.
  'GET /v1/knowledge/{dataset}/documents',
  'POST /v1/knowledge/{dataset}/documents',
  'POST /v1/knowledge/{dataset}/search',
];

/** Ids of things that admins alone may touch. */
const ADMIN_ONLY = [
  'POST /v1/admin/dead-letters/{id}/replay',
  'DELETE /v1/admin/users/{id}',
  'GET /v1/admin/canary/{feature}',
  'PUT /v1/admin/canary/{feature}',
  'DELETE /v1/admin/canary/{feature}',
];

interface Owned {
  session: string;
  memory: string;
  document: string;
  fact: string;
  apiKey: string;
  call: string;
  response: string;
  conversation: string;
  item: string;
  owner: string;
}

const DOCUMENTS = '/v1/knowledge/documents/documents';

type Attempt = (owned: Owned) => [route: string, body?: unknown];

/** What a stranger tries at every route that takes an id of something that somebody owns. */
const STRANGER: Record<string, Attempt> = {
  'PUT /v1/users/{id}/profile': ({ owner }) => [`/v1/users/${owner}/profile`, { bio: 'taken over' }],
  'DELETE /v1/api-keys/{id}': ({ apiKey }) => [`/v1/api-keys/${apiKey}`],
  'DELETE /v1/memories/{id}': ({ memory }) => [`/v1/memories/${memory}`],
  'GET /v1/knowledge/{dataset}/documents/{id}': ({ document }) => [`${DOCUMENTS}/${document}`],
  'DELETE /v1/knowledge/{dataset}/documents/{id}': ({ document }) => [`${DOCUMENTS}/${document}`],
  'DELETE /v1/profile-facts/{id}': ({ fact }) => [`/v1/profile-facts/${fact}`],
  'GET /v1/sessions/{id}': ({ session }) => [`/v1/sessions/${session}`],
  'PUT /v1/sessions/{id}': ({ session }) => [`/v1/sessions/${session}`, { title: 'taken over' }],
  'DELETE /v1/sessions/{id}': ({ session }) => [`/v1/sessions/${session}`],
  'GET /v1/sessions/{id}/messages': ({ session }) => [`/v1/sessions/${session}/messages`],
  'GET /v1/chat/sessions/{id}': ({ session }) => [`/v1/chat/sessions/${session}`],
  'DELETE /v1/chat/sessions/{id}': ({ session }) => [`/v1/chat/sessions/${session}`],
  // Any id will do: that a waiting call is its user's own is tested with the calls themselves.
  'POST /v1/tools/approvals/{id}': ({ session }) => [`/v1/tools/approvals/${session}`, { approve: true }],
  'POST /v1/realtime/calls/{id}/hangup': ({ call: id }) => [`/v1/realtime/calls/${id}/hangup`],
  'GET /v1/responses/{id}': ({ response }) => [`/v1/responses/${response}`],
  'DELETE /v1/responses/{id}': ({ response }) => [`/v1/responses/${response}`],
  'POST /v1/responses/{id}/cancel': ({ response }) => [`/v1/responses/${response}/cancel`],
  'GET /v1/responses/{id}/input_items': ({ response }) => [`/v1/responses/${response}/input_items`],
  'GET /v1/conversations/{id}': ({ conversation }) => [`/v1/conversations/${conversation}`],
  'POST /v1/conversations/{id}': ({ conversation }) => [`/v1/conversations/${conversation}`, { metadata: {} }],
  'DELETE /v1/conversations/{id}': ({ conversation }) => [`/v1/conversations/${conversation}`],
  'GET /v1/conversations/{id}/items': ({ conversation }) => [`/v1/conversations/${conversation}/items`],
  'POST /v1/conversations/{id}/items': ({ conversation }) => [
    `/v1/conversations/${conversation}/items`,
    { items: HELLO },
  ],
  'GET /v1/conversations/{id}/items/{itemId}': ({ conversation, item }) => [
    `/v1/conversations/${conversation}/items/${item}`,
  ],
  'DELETE /v1/conversations/{id}/items/{itemId}': ({ conversation, item }) => [
    `/v1/conversations/${conversation}/items/${item}`,
  ],
  'GET /v1/chat/sessions/{id}/messages': ({ session }) => [`/v1/chat/sessions/${session}/messages`],
};

/** The same, where the id stands in the body. */
const IN_BODY: [name: string, Attempt][] = [
  ['cozy.session_id', ({ session }) => ['/v1/chat/completions', { messages: HELLO, cozy: { session_id: session } }]],
  ['session_id', ({ session }) => ['/v1/chat/completions', { messages: HELLO, session_id: session }]],
  [
    'session_id, streamed as the web app does',
    ({ session }) => ['/v1/chat/completions', { messages: HELLO, session_id: session, stream: true }],
  ],
  [
    'session_id of a voice call',
    ({ session }) => ['/v1/chat/voice-call-messages', { session_id: session, messages: HELLO }],
  ],
];

const HELLO = [user('Hello')];
const UNKNOWN = '018f0000-0000-7000-8000-000000000000';

let url: string;
let operations: string[];
let owner: Account;
let stranger: Account;
let owned: Owned;

beforeAll(async () => {
  ({ url } = await testServer());
  operations = await operationsOf(url);
  [owner, stranger] = await Promise.all([newAccount(url), newAccount(url)]);
  const session = await newSession(owner, { title: 'Private' });
  await chat(owner, session, [user('My secret is xylophone-4711')]);
  const apiKey = (await owner.call('POST', '/v1/api-keys', { name: 'private' })).body.id as string;
  const memory = (await owner.call('POST', '/v1/memories', { text: 'My xylophone is blue.' })).body.id as string;
  const fact = (await owner.call('PUT', '/v1/profile-facts', { key: 'home', value: 'Private' })).body.id as string;
  const document = (await owner.call('POST', DOCUMENTS, { text: 'The xylophone manual.' })).body.id as string;
  const calling = await TestSocket.open(url, `/v1/realtime?token=${owner.token}`);
  const response = (await owner.call('POST', '/v1/responses', { input: 'My xylophone is red.' })).body.id as string;
  const conversation = (await owner.call('POST', '/v1/conversations', { items: [user('My xylophone is green.')] })).body
    .id as string;
  const items = await owner.call('GET', `/v1/conversations/${conversation}/items`);
  const item = items.body.data[0].id as string;
  const { call_id: callId } = (await calling.next('session.created')).session.cozy;
  const talk = { response, conversation, item, call: callId };
  owned = { session, apiKey, memory, document, fact, ...talk, owner: owner.id };
  // What was said is learned in the background: it is no stranger's doing that it shows up later.
  const memories = async () => (await owner.call('GET', '/v1/memories')).body.items as unknown[];
  await vi.waitUntil(async () => (await memories()).length === 3, { timeout: 15_000, interval: 100 });
});

const attempt = (who: Account, method: string, [route, body]: ReturnType<Attempt>): Promise<Answer> =>
  who.call(method, route, body);

/** What the owner has, to be the same after every attempt. */
async function belongings(): Promise<unknown> {
  const [session, keys, profile, memories, facts, documents] = await Promise.all([
    owner.call('GET', `/v1/sessions/${owned.session}`),
    owner.call('GET', '/v1/api-keys'),
    owner.call('GET', '/v1/users/me/profile'),
    owner.call('GET', '/v1/memories'),
    owner.call('GET', '/v1/profile-facts'),
    owner.call('GET', DOCUMENTS),
  ]);
  const documentIds = documents.body.items.map(({ id }: { id: string }) => id);
  return [session.status, session.body, keys.body, profile.body, memories.body, facts.body, documentIds];
}

const all = (id: string): Owned => ({
  session: id,
  memory: id,
  document: id,
  fact: id,
  apiKey: id,
  call: id,
  response: id,
  conversation: id,
  item: id,
  owner: id,
});

const bare = ({ body }: Answer) => ({ ...body, error: { ...body.error, request_id: null } });

describe('what belongs to somebody else', () => {
  it('is tried at every route that takes an id: a new one needs its case here', () => {
    const others = [...SHARED, ...ADMIN_ONLY];
    const withId = operations.filter((operation) => operation.includes('{') && !others.includes(operation));
    expect(withId.toSorted()).toEqual(Object.keys(STRANGER).toSorted());
  });

  it.each(Object.entries(STRANGER))('does not exist: %s', async (operation, of) => {
    const [method] = split(operation);
    const before = await belongings();
    const refused = await attempt(stranger, method, of(owned));
    expect({ status: refused.status, family: refused.body.error?.code }).toMatchObject({
      status: 404,
      family: expect.stringMatching(/^RESOURCE_(SESSION_)?NOT_FOUND$/),
    });
    expect(JSON.stringify(refused.body)).not.toMatch(/xylophone|Private/);
    expect(await belongings()).toEqual(before);
    const unknown = await attempt(stranger, method, of(all(UNKNOWN)));
    expect(bare(refused)).toEqual(bare(unknown));
    const malformed = await attempt(stranger, method, of(all('x')));
    expect(bare(refused)).toEqual(bare(malformed));
  });

  it.each(IN_BODY)('cannot be written to: %s', async (_, of) => {
    const before = await belongings();
    expectRefusal(await attempt(stranger, 'POST', of(owned)), 404, 'RESOURCE_SESSION_NOT_FOUND');
    const nowhere = { ...owned, session: UNKNOWN };
    expectRefusal(await attempt(stranger, 'POST', of(nowhere)), 404, 'RESOURCE_SESSION_NOT_FOUND');
    expect(await belongings()).toEqual(before);
  });

  it('is in no list and found by no search', async () => {
    const search = '/v1/messages/search?q=xylophone';
    const lists = ['/v1/sessions', '/v1/chat/sessions', '/v1/api-keys', '/v1/memories', '/v1/profile-facts', search];
    for (const route of lists) {
      const { status, body } = await stranger.call('GET', route);
      expect({ route, status, found: body.items ?? body.sessions }).toEqual({ route, status: 200, found: [] });
    }
    const { body } = await owner.call('GET', '/v1/messages/search?q=xylophone');
    expect(body.items).toContainEqual(expect.objectContaining({ role: 'user', session_id: owned.session }));
  });

  it('is in no context of a stranger’s own chat', async () => {
    const { body } = await chat(stranger, undefined, [user('What is my secret?')]);
    expect(body.choices[0].message.content).not.toContain('xylophone');
  });

  it('does not meet under the same Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': 'everybody-uses-this' };
    const mine = await owner.call('POST', '/v1/sessions', { title: 'Mine' }, headers);
    const theirs = await stranger.call('POST', '/v1/sessions', { title: 'Theirs' }, headers);
    expect(theirs.status).toBe(201);
    expect(theirs.headers.get('idempotent-replayed')).toBeNull();
    expect(theirs.body.session_id).not.toBe(mine.body.session_id);
  });
});

describe('a session that was deleted', () => {
  it.each(Object.entries(STRANGER).filter(([operation]) => operation.includes('sessions')))(
    'does not exist for its owner either: %s',
    async (operation, of) => {
      const [method] = split(operation);
      const session = await newSession(owner);
      await owner.call('DELETE', `/v1/sessions/${session}`);
      const answer = await attempt(owner, method, of({ ...owned, session }));
      expectRefusal(answer, 404, 'RESOURCE_SESSION_NOT_FOUND');
    },
  );

  it.each(IN_BODY)('takes nothing more: %s', async (_, of) => {
    const session = await newSession(owner);
    await owner.call('DELETE', `/v1/sessions/${session}`);
    const answer = await attempt(owner, 'POST', of({ ...owned, session }));
    expectRefusal(answer, 404, 'RESOURCE_SESSION_NOT_FOUND');
  });

  it('is in no list and found by no search', async () => {
    const session = await newSession(owner, { title: 'Gone' });
    await chat(owner, session, [user('glockenspiel-99')]);
    expect((await messagesOf(owner, session)).length).toBeGreaterThan(1);
    await owner.call('DELETE', `/v1/sessions/${session}`);
    const { body } = await owner.call('GET', '/v1/sessions');
    expect(JSON.stringify(body)).not.toContain(session);
    expect((await owner.call('GET', '/v1/messages/search?q=glockenspiel-99')).body.items).toEqual([]);
  });
});
