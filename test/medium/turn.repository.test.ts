import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { MessageRepository } from '../../src/storage/messages/message.repository.js';
import { type NewMessage, TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

let test: TestDatabase;
let turns: TurnRepository;
let sessions: SessionRepository;
let messages: MessageRepository;
let userId: string;
let sessionId: string;

const message = (content: string, role: NewMessage['role'] = 'user'): NewMessage => ({
  id: newId(),
  role,
  content,
  parts: null,
  toolCalls: null,
  toolCallId: null,
  name: null,
  metadata: { request_id: 'r' },
});

const usage = () => ({
  id: newId(),
  model: 'm',
  personalityId: 'p',
  promptTokens: 2,
  completionTokens: 3,
  costUsd: '0',
});
const jobs = () => ({ titleId: newId(), others: [] });
const turn = () => ({ sessionId, userId, turnId: newId() });

async function newSession(title: string | null = 'T'): Promise<string> {
  const { id } = await sessions.create({ id: newId(), userId, personalityId: 'p', title, welcome: null });
  return id;
}

const said = async () =>
  (await messages.list(sessionId, userId, 1000)).map(({ seq, role, content }) => [seq, role, content]);

async function wholeTurn(text: string): Promise<void> {
  const key = turn();
  const seq = await turns.open(key, [message(text)]);
  await turns.close(key, seq ?? 0, message(`answer to ${text}`, 'assistant'), usage(), jobs());
}

beforeAll(async () => {
  test = await testDatabase();
  turns = new TurnRepository(test.database);
  sessions = new SessionRepository(test.database);
  messages = new MessageRepository(test.database);
  userId = await storedUser(test.database);
});
beforeEach(async () => {
  sessionId = await newSession();
});

describe('a session longer than what is shown at once', () => {
  it('shows its newest messages, in their order, and to nobody else', async () => {
    for (const text of ['one', 'two', 'three']) await wholeTurn(text);
    const shown = await messages.newest(sessionId, userId, 3);
    expect(shown.map(({ content }) => content)).toEqual(['answer to two', 'three', 'answer to three']);
    expect(await messages.newest(sessionId, await storedUser(test.database), 3)).toEqual([]);
  });
});

describe('what a turn costs and where it comes from', () => {
  it('is kept to the last digit, and added up exactly', async () => {
    for (const costUsd of ['0.00000015', '0.1', '0.2', '0.000000000001']) {
      const key = turn();
      const seq = await turns.open(key, [message('Hello')]);
      await turns.close(key, seq ?? 0, message('Hi', 'assistant'), { ...usage(), model: sessionId, costUsd }, jobs());
    }
    const sum = '0.300000150001';
    expect(
      await test.dataSource.query(
        `SELECT total_cost_usd::text AS total, (SELECT sum(cost_usd)::text FROM usage_events WHERE model = $1::text) AS used
         FROM sessions WHERE id = $1::uuid`,
        [sessionId],
      ),
    ).toEqual([{ total: sum, used: sum }]);
  });

  it('stands with the work that it promises', async () => {
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const key = turn();
    const seq = await turns.open(key, [message('Hello')]);
    const others = [{ id: newId(), kind: 'memory.add', delayMs: 0, deadCode: null }];
    await turns.close(key, seq ?? 0, message('Hi', 'assistant'), usage(), { titleId: newId(), others, traceparent });
    const outbox = new OutboxRepository(test.database);
    expect(await outbox.findOpen([others[0]?.id ?? ''])).toMatchObject([{ turnId: key.turnId, traceparent }]);
  });
});

describe('a turn', () => {
  it('stores what was said at once, and the answer right after it when it comes', async () => {
    const key = turn();
    const seq = await turns.open(key, [message('one'), message('two')]);
    expect(seq).toBe(3);
    expect(await said()).toEqual([
      [1, 'user', 'one'],
      [2, 'user', 'two'],
    ]);
    await turns.close(key, seq ?? 0, message('answer', 'assistant'), usage(), jobs());
    expect((await said()).at(-1)).toEqual([3, 'assistant', 'answer']);
    const session = await sessions.find(sessionId, userId);
    expect(session).toMatchObject({ messageCount: 3, totalTokens: '5' });
  });

  it('keeps every field of a message as it came', async () => {
    const rich: NewMessage = {
      ...message('text', 'assistant'),
      parts: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }],
      toolCalls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a": "ä\\u0000"}' } }],
      toolCallId: 'call',
      name: 'ana',
      metadata: { nested: { list: [1, 'zwei', null] } },
    };
    await turns.append(turn(), [rich]);
    const [stored] = await messages.list(sessionId, userId, 10);
    expect(stored).toMatchObject({ ...rich, sessionId, seq: 1 });
  });

  it('stores text that Postgres cannot hold as near as it can be held', async () => {
    await turns.append(turn(), [message('a\0b'), message('half \uD83D a pair')]);
    expect(await said()).toEqual([
      [1, 'user', 'a\uFFFDb'],
      [2, 'user', 'half \uFFFD a pair'],
    ]);
  });

  it('gives fifty turns at once fifty pairs of their own, each adjacent', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => ({ ...turn(), text: `turn ${index}` }));
    await Promise.all(
      keys.map(async ({ text, ...key }) => {
        const seq = await turns.open(key, [message(text)]);
        await turns.close(key, seq ?? 0, message(`answer to ${text}`, 'assistant'), usage(), jobs());
      }),
    );
    const stored = await said();
    expect(stored.map(([seq]) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    for (let index = 0; index < 100; index += 2) {
      expect(stored[index + 1]).toEqual([index + 2, 'assistant', `answer to ${stored[index]?.[2]}`]);
    }
    expect(await sessions.find(sessionId, userId)).toMatchObject({ messageCount: 100, totalTokens: '250' });
  });

  it('opened in one round trip gets the same places as one opened in two, also at once', async () => {
    await wholeTurn('before');
    const keys = Array.from({ length: 20 }, turn);
    const opened = await Promise.all(
      keys.map((key, index) =>
        index % 2 ? turns.open(key, [message('x')]) : turns.openAnswered(key, [message('x')], 10),
      ),
    );
    const places = opened.map((result) => (typeof result === 'object' ? result.seq : result));
    const stored = places.filter((place) => place !== null).map(Number);
    expect(new Set(stored).size).toBe(stored.length);
    const taken = (await said()).map(([seq]) => seq);
    for (const place of stored) expect([taken.includes(place), taken.includes(place - 1)]).toEqual([false, true]);
  });

  it('opened in one round trip brings the history before it, oldest first and no longer than asked for', async () => {
    for (const text of ['1', '2', '3']) await wholeTurn(text);
    const opened = await turns.openAnswered(turn(), [message('4')], 3);
    expect(opened).toMatchObject({ personalityId: 'p', title: 'T', seq: 8 });
    expect(opened?.messages.map(({ seq, content }) => [seq, content])).toEqual([
      [4, 'answer to 2'],
      [5, '3'],
      [6, 'answer to 3'],
    ]);
  });

  it('opened in one round trip stores nothing where something was left unanswered', async () => {
    await turns.open(turn(), [message('unanswered')]);
    const opened = await turns.openAnswered(turn(), [message('unanswered')], 10);
    expect(opened?.seq).toBeNull();
    expect(opened?.messages.map(({ content }) => content)).toEqual(['unanswered']);
    expect(await said()).toHaveLength(1);
  });

  it('promises a title once there are three turns and none has been given', async () => {
    sessionId = await newSession(null);
    const promised = async () => {
      const rows: unknown = await test.dataSource.query('SELECT kind FROM outbox WHERE session_id = $1', [sessionId]);
      return rows;
    };
    await wholeTurn('1');
    await wholeTurn('2');
    expect(await promised()).toEqual([]);
    await wholeTurn('3');
    expect(await promised()).toEqual([{ kind: 'session.title' }]);
    await sessions.rename(sessionId, userId, 'Named');
    await wholeTurn('4');
    expect(await promised()).toHaveLength(1);
  });

  it('is all or nothing: an answer that cannot be stored leaves no usage and no promise', async () => {
    const key = turn();
    await turns.open(key, [message('x')]);
    const taken = 1;
    const entry = usage();
    await expect(turns.close(key, taken, message('answer', 'assistant'), entry, jobs())).rejects.toThrow(
      /duplicate key/,
    );
    const rows: unknown = await test.dataSource.query('SELECT id FROM usage_events WHERE id = $1', [entry.id]);
    expect(rows).toEqual([]);
    expect(await sessions.find(sessionId, userId)).toMatchObject({ messageCount: 1 });
  });
});

describe.each([
  ['deleted', () => sessions.delete(sessionId, userId)],
  [
    'somebody else’s',
    async () => {
      userId = await storedUser(test.database);
    },
  ],
  [
    'unknown',
    async () => {
      sessionId = newId();
    },
  ],
])('a session that is %s', (_, become) => {
  it('accepts nothing and shows nothing', async () => {
    await wholeTurn('before');
    const owned = sessionId;
    await become();
    expect(await turns.open(turn(), [message('x')])).toBeUndefined();
    expect(await turns.openAnswered(turn(), [message('x')], 10)).toBeUndefined();
    expect(await turns.append(turn(), [message('x')])).toBe(false);
    expect(await turns.history(sessionId, userId, 10)).toBeUndefined();
    expect(await sessions.find(sessionId, userId)).toBeUndefined();
    expect(await sessions.rename(sessionId, userId, 'x')).toBeUndefined();
    expect(await sessions.delete(sessionId, userId)).toBe(false);
    expect(await said()).toEqual([]);
    const rows: unknown = await test.dataSource.query(
      'SELECT count(*)::int AS count FROM messages WHERE session_id = $1',
      [owned],
    );
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('takes no answer, but the usage is counted', async () => {
    const key = turn();
    const seq = await turns.open(key, [message('x')]);
    await become();
    const entry = usage();
    await turns.close({ ...key, sessionId, userId }, seq ?? 0, message('late', 'assistant'), entry, jobs());
    const rows: unknown = await test.dataSource.query('SELECT id FROM usage_events WHERE id = $1', [entry.id]);
    expect(rows).toHaveLength(1);
    expect(await messages.search(userId, 'late', 10, null)).toEqual([]);
  });
});

describe('searching', () => {
  it('finds words in any order and text as written, newest first, and treats % and _ as text', async () => {
    userId = await storedUser(test.database);
    sessionId = await newSession();
    for (const text of [
      'the red house',
      'a house of red bricks',
      '100% sure',
      'snake_case',
      'snakeXcase',
      '日本語です',
    ]) {
      await turns.append(turn(), [message(text)]);
    }
    const found = async (query: string) =>
      (await messages.search(userId, query, 10, null)).map(({ content }) => content);
    expect(await found('house red')).toEqual(['a house of red bricks', 'the red house']);
    expect(await found('RED HOUSE')).toContain('the red house');
    expect(await found('0%')).toEqual(['100% sure']);
    expect(await found('snake_')).toEqual(['snake_case']);
    expect(await found('本語')).toEqual(['日本語です']);
    expect(await found(`'"\\ & | ! ( :*`)).toEqual([]);
    const [newest] = await messages.search(userId, 'house', 1, null);
    const rest = await messages.search(userId, 'house', 10, newest?.id ?? null);
    expect(rest.map(({ content }) => content)).toEqual(['the red house']);
  });
});
