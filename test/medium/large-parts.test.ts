import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { MessageRepository } from '../../src/storage/messages/message.repository.js';
import { type NewMessage, TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { ConversationRepository } from '../../src/storage/sessions/conversation.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const MB = 1_048_576;
/** Repeats itself, and so would be stored small where it was packed. */
const picture = (megabytes: number) => ({ type: 'image_url' as const, image_url: { url: 'x'.repeat(megabytes * MB) } });
const LEFT_OUT = '[A picture or file that was sent earlier and is left out here.]';

/** The messages of a session, oldest first. */
const SAID: [text: string, megabytes: number][] = [
  ['', 10],
  ['Look.', 10],
  ['Words alone.', 0],
  ['', 10],
  ['', 10],
];

let test: TestDatabase;
let userId: string;
let sessionId: string;

const message = ([text, megabytes]: (typeof SAID)[number]): NewMessage => ({
  id: newId(),
  role: 'user',
  content: text,
  parts: megabytes > 0 ? [picture(megabytes)] : null,
  toolCalls: null,
  toolCallId: null,
  name: null,
  metadata: {},
});
const kept = (rows: readonly { content: string | null; parts: unknown[] | null }[]) =>
  rows.map(({ content, parts }) => [content, parts?.length ?? 0]);

beforeAll(async () => {
  test = await testDatabase();
  userId = await storedUser(test.database);
  const session = { id: newId(), userId, personalityId: 'p', title: 'T', welcome: null };
  sessionId = (await new SessionRepository(test.database).create(session)).id;
  const turns = new TurnRepository(test.database);
  for (const said of SAID) await turns.append({ sessionId, userId, turnId: newId() }, [message(said)]);
});

/** The newest two, 20 MB; the oldest had nothing beside its picture. */
const NEWEST = [
  [LEFT_OUT, 0],
  ['Look.', 0],
  ['Words alone.', 0],
  ['', 1],
  ['', 1],
];

describe('a session of many large pictures', () => {
  it('gives a turn the newest of them', async () => {
    const history = await new TurnRepository(test.database).history(sessionId, userId, 60);
    expect(kept(history?.messages ?? [])).toEqual(NEWEST);
  });

  it('gives a list the newest of them, and a page or one message its own', async () => {
    const messages = new MessageRepository(test.database);
    const rows = await messages.list(sessionId, userId, 1000);
    expect(kept(rows)).toEqual(NEWEST);
    expect(kept(await messages.list(sessionId, userId, 2))).toEqual([
      ['', 1],
      ['Look.', 1],
    ]);
    expect(kept(await messages.byIds(userId, [rows[0]?.id ?? '']))).toEqual([['', 1]]);
    expect(kept(await messages.search(userId, 'Look', 10, null))).toEqual([['Look.', 1]]);
  });

  it.each([true, false])('gives a page of items those that come first (descending: %s)', async (descending) => {
    const page = { from: null, descending, limit: 10 };
    const rows = await new ConversationRepository(test.database).messages({ id: sessionId, userId }, page);
    expect(kept(rows).map(([, parts]) => parts)).toEqual([1, 1, 0, 0, 0]);
  });

  // Bug: a picture larger than all that is given at once would have been left out of every turn.
  it('gives one that is larger than all of them together', async () => {
    await new TurnRepository(test.database).append({ sessionId, userId, turnId: newId() }, [message(['', 30])]);
    const history = await new TurnRepository(test.database).history(sessionId, userId, 60);
    expect(kept(history?.messages ?? []).map(([, parts]) => parts)).toEqual([0, 0, 0, 0, 0, 1]);
  });
});

describe('a session of many long texts', () => {
  const MESSAGE_LEFT_OUT = '[A long message that was sent earlier and is left out here.]';
  const call = (megabytes: number) => ({
    id: 'c',
    type: 'function' as const,
    function: { name: 'f', arguments: 'x'.repeat(megabytes * MB) },
  });
  const shown = (rows: readonly { content: string | null; toolCalls: unknown[] | null }[]) =>
    rows.map(({ content, toolCalls }) => [
      content?.startsWith('xxx') ? content.length / MB : content,
      toolCalls?.length,
    ]);
  const sessionOf = async (said: NewMessage[]) => {
    const session = { id: newId(), userId, personalityId: 'p', title: 'T', welcome: null };
    const { id } = await new SessionRepository(test.database).create(session);
    await new TurnRepository(test.database).append({ sessionId: id, userId, turnId: newId() }, said);
    return id;
  };
  let longId: string;

  beforeAll(async () => {
    const long = (changes: Partial<NewMessage>) => ({ ...message(['', 0]), ...changes });
    const said = [
      message(['The first.', 0]),
      long({ content: 'x'.repeat(10 * MB) }),
      long({ role: 'assistant', content: null, toolCalls: [call(10)] }),
      long({ content: 'x'.repeat(10 * MB) }),
      message(['The last.', 0]),
    ];
    longId = await sessionOf(said);
  });

  const NEWEST_WORDS = [
    [MESSAGE_LEFT_OUT, undefined],
    [MESSAGE_LEFT_OUT, undefined],
    [null, 1],
    [10, undefined],
    ['The last.', undefined],
  ];

  // Bug: 27 texts of 20 MB made a field of 540 MB, which no text in Node holds; the error came where nobody catches it.
  it('gives a turn the newest of them', async () => {
    const history = await new TurnRepository(test.database).history(longId, userId, 60);
    expect(shown(history?.messages ?? [])).toEqual(NEWEST_WORDS);
  });

  it('gives a list, and messages by their ids, the newest of them', async () => {
    const messages = new MessageRepository(test.database);
    const rows = await messages.list(longId, userId, 1000);
    expect(shown(rows)).toEqual(NEWEST_WORDS);
    const byIds = await messages.byIds(
      userId,
      rows.map(({ id }) => id),
    );
    expect(shown(byIds.toSorted((a, b) => a.seq - b.seq))).toEqual(NEWEST_WORDS);
    expect(shown(await messages.list(longId, userId, 2))).toEqual([
      ['The first.', undefined],
      [10, undefined],
    ]);
  });

  it('gives a search and a page of items those that come first', async () => {
    const found = await new MessageRepository(test.database).search(userId, 'xxx', 10, null);
    expect(shown(found).slice(0, 2)).toEqual([
      [10, undefined],
      [10, undefined],
    ]);
    const page = { from: null, descending: false, limit: 10 };
    const rows = await new ConversationRepository(test.database).messages({ id: longId, userId }, page);
    expect(shown(rows)).toEqual([
      ['The first.', undefined],
      [10, undefined],
      [null, 1],
      [MESSAGE_LEFT_OUT, undefined],
      [MESSAGE_LEFT_OUT, undefined],
    ]);
  });

  it('gives what passed between the model and tools as long as there is room', async () => {
    const toolsId = await sessionOf(['One.', 'Two.', 'Three.'].map((text) => message([text, 0])));
    const exchange = JSON.stringify({ messages: [{ role: 'tool', content: 'x'.repeat(20 * MB) }] });
    await test.database.query('exchanges', 'UPDATE messages SET exchange = $2 WHERE session_id = $1 AND seq <> 2', [
      toolsId,
      exchange,
    ]);
    const history = await new TurnRepository(test.database).history(toolsId, userId, 60);
    expect(history?.messages.map((held) => [held.content, held.exchange !== null])).toEqual([
      [MESSAGE_LEFT_OUT, false],
      ['Two.', false],
      ['Three.', true],
    ]);
  });
});
