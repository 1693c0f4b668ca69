import { beforeEach, describe, expect, it } from 'vitest';
import { assistant, chat, messagesOf, newSession, type StoredMessage, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

const search = (q: string, more = '') => account.call('GET', `/v1/messages/search?q=${encodeURIComponent(q)}${more}`);
const found = async (q: string) =>
  (await search(q)).body.items.map(({ content }: StoredMessage) => content) as string[];

interface Listed {
  session_id: string;
  title: string | null;
}

const list = async (query = '') => (await account.call('GET', `/v1/sessions${query}`)).body;
const titles = async (query: string) => (await list(query)).sessions.map(({ title }: Listed) => title);

describe('the list of sessions', () => {
  it('has what the web app reads, the session spoken in last first', async () => {
    const first = await newSession(account, { title: 'First' });
    const second = await newSession(account, { title: 'Second', personality_id: 'concise' });
    await chat(account, first, [user('Hello')]);
    const { sessions, ...rest } = await list('?sort=last_message_at&order=desc');
    expect(rest).toMatchObject({ total: 2, page: 1 });
    expect(sessions.map((session: Listed) => session.session_id)).toEqual([first, second]);
    expect(sessions[1]).toMatchObject({
      personality_id: 'concise',
      personality_name: 'Brief',
      title: 'Second',
      message_count: 1,
      last_message_at: INSTANT,
      created_at: INSTANT,
    });
    expect(await titles('')).toEqual(['First', 'Second']);
  });

  it('sorts by any column in both directions', async () => {
    for (const title of ['b', 'c', 'a']) await newSession(account, { title });
    expect(await titles('?sort=title&order=asc')).toEqual(['a', 'b', 'c']);
    expect(await titles('?sort=title&order=desc')).toEqual(['c', 'b', 'a']);
    expect(await titles('?sort=created_at&order=asc')).toEqual(['b', 'c', 'a']);
    expect(await titles('?sort=created_at&order=desc')).toEqual(['a', 'c', 'b']);
  });

  it('comes in pages that together hold every session once', async () => {
    for (const title of ['1', '2', '3', '4', '5']) await newSession(account, { title });
    const query = '?sort=created_at&order=asc&page_size=2&page=';
    expect(await titles(`${query}1`)).toEqual(['1', '2']);
    expect(await titles(`${query}2`)).toEqual(['3', '4']);
    expect(await list(`${query}3`)).toMatchObject({ total: 5, page: 3, page_size: 2, sessions: [{ title: '5' }] });
    expect(await titles(`${query}4`)).toEqual([]);
  });

  it('holds nobody else’s sessions and none that were deleted', async () => {
    await newSession(await newAccount(stage.url));
    const gone = await newSession(account);
    await newSession(account, { title: 'Kept' });
    const deleted = await account.call('DELETE', `/v1/sessions/${gone}`);
    expect(deleted.body).toMatchObject({ message: expect.any(String), session_id: gone });
    expect(await list()).toMatchObject({ total: 1, sessions: [{ title: 'Kept' }] });
    expect((await account.call('DELETE', `/v1/sessions/${gone}`)).status).toBe(404);
  });

  it.each(['sort=password', 'order=up', 'page=0', 'page=one', 'page_size=101', 'page_size=0'])(
    'is 400 for ?%s, naming the field',
    async (query) => {
      const { status, body } = await account.call('GET', `/v1/sessions?${query}`);
      expect([status, body.error.code, body.error.param]).toEqual([400, 'VALIDATION_FAILED', query.split('=')[0]]);
    },
  );
});

describe('a session', () => {
  it('begins with the welcome of its personality', async () => {
    const { status, body } = await account.call('POST', '/v1/sessions', { title: 'New', personality_id: 'concise' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ personality_id: 'concise', title: 'New', created_at: INSTANT });
    expect(await messagesOf(account, body.session_id)).toMatchObject([
      { role: 'assistant', content: 'Ask away.', created_at: INSTANT, metadata: { is_welcome: true } },
    ]);
  });

  it('is renamed', async () => {
    const id = await newSession(account, { title: 'Old' });
    const { status, body } = await account.call('PUT', `/v1/sessions/${id}`, { title: '新的标题 ☕' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ session_id: id, title: '新的标题 ☕', updated_at: INSTANT });
    expect((await account.call('GET', `/v1/sessions/${id}`)).body.title).toBe('新的标题 ☕');
  });

  it.each([[{ title: '' }], [{ title: 'x'.repeat(256) }], [{ title: 7 }], [{ title: null }], [{}]])(
    'keeps its title when the new one is %j',
    async (fields) => {
      const id = await newSession(account, { title: 'Old' });
      const { status, body } = await account.call('PUT', `/v1/sessions/${id}`, fields);
      expect([status, body.error.param]).toEqual([400, 'title']);
      expect((await account.call('GET', `/v1/sessions/${id}`)).body.title).toBe('Old');
    },
  );

  it.each([1, 2, 3, 500])('is read in pages of %i that together hold every message once, in order', async (limit) => {
    const id = await newSession(account);
    await chat(account, id, [user('one'), user('two'), user('three')]);
    const all = await messagesOf(account, id);
    const paged: StoredMessage[] = [];
    let cursor: string | null = '0';
    while (cursor !== null) {
      const route: string = `/v1/chat/sessions/${id}/messages?limit=${limit}&cursor=${cursor}`;
      const { status, body } = await account.call('GET', route);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(limit);
      paged.push(...body.items);
      cursor = body.next_cursor;
    }
    expect(all).toHaveLength(5);
    expect(paged).toEqual(all);
  });

  it.each(['limit=0', 'limit=501', 'cursor=-1', 'cursor=x', 'cursor=9999999999999999999'])(
    'is not read by ?%s',
    async (query) => {
      const id = await newSession(account);
      const { status, body } = await account.call('GET', `/v1/chat/sessions/${id}/messages?${query}`);
      expect([status, body.error.param]).toEqual([400, query.split('=')[0]]);
    },
  );
});

describe('the search', () => {
  let sessionId: string;
  beforeEach(async () => {
    sessionId = await newSession(account);
    stage.provider.script({ text: '今天北京的天气很好，适合散步。' }, { text: 'It costs 100% of $5_000.' });
    await chat(account, sessionId, [user('My dog Biscuit eats red apples')]);
    await chat(account, sessionId, [assistant('…'), user('Und ÄPFEL für Übermut')]);
  });

  it.each([
    ['a word in any case', 'biscuit', 'My dog Biscuit eats red apples'],
    ['words in any order', 'apples dog', 'My dog Biscuit eats red apples'],
    ['a part of a word', 'iscui', 'My dog Biscuit eats red apples'],
    ['Chinese without spaces', '北京的天气', '今天北京的天气很好，适合散步。'],
    ['one Chinese character', '散', '今天北京的天气很好，适合散步。'],
    ['umlauts in any case', 'äpfel', 'Und ÄPFEL für Übermut'],
    ['a per cent sign as itself', '100%', 'It costs 100% of $5_000.'],
    ['an underscore as itself', '5_0', 'It costs 100% of $5_000.'],
  ])('finds %s', async (_name, q, content) => {
    expect(await found(q)).toEqual([content]);
  });

  it('says where each hit stands', async () => {
    const { body } = await search('Biscuit');
    expect(body).toMatchObject({ items: [{ session_id: sessionId, role: 'user', created_at: INSTANT }] });
    expect(body.next_cursor).toBeNull();
  });

  it('finds nothing that is not there, is someone else’s or was deleted', async () => {
    expect(await found('zebra')).toEqual([]);
    const other = await newAccount(stage.url);
    expect((await other.call('GET', '/v1/messages/search?q=Biscuit')).body.items).toEqual([]);
    await account.call('DELETE', `/v1/sessions/${sessionId}`);
    expect(await found('Biscuit')).toEqual([]);
  });

  it.each(['"', "'", '\\', '& | ! <->', '(', '*', '%', '_', 'a\u0000b', '\uD83D'.toWellFormed(), ':*', '-', 'or'])(
    'takes %j as text',
    async (q) => {
      expect((await search(q)).status).toBe(200);
    },
  );

  it('comes in pages, newest first', async () => {
    await chat(account, sessionId, [user('cat one'), user('cat two'), user('cat three')]);
    const first = await search('cat', '&limit=2');
    expect(first.body.items.map(({ content }: StoredMessage) => content)).toEqual(['cat three', 'cat two']);
    const second = await search('cat', `&limit=2&cursor=${first.body.next_cursor}`);
    expect(second.body.items.map(({ content }: StoredMessage) => content)).toEqual(['cat one']);
    expect(second.body.next_cursor).toBeNull();
  });

  it.each(['', 'q=', `q=${'x'.repeat(201)}`, 'q=x&limit=0', 'q=x&cursor=no-uuid', 'q=a&q=b'])(
    'is 400 for "?%s"',
    async (query) => {
      const { status, body } = await account.call('GET', `/v1/messages/search?${query}`);
      expect([status, body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    },
  );
});
