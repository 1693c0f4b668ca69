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
