import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CozyError } from '../../src/core/errors/cozy.error.js';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { BuiltinMemoryEngine } from '../../src/engines/memory/builtin/builtin-memory.engine.js';
import type { MemoryTurn } from '../../src/engines/memory/memory.port.js';
import { BuiltinProfileEngine } from '../../src/engines/profile/builtin/builtin-profile.engine.js';
import { SessionDeletionService } from '../../src/orchestration/sessions/session-deletion.service.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { MemoryRepository } from '../../src/storage/memories/memory.repository.js';
import { TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { ProfileFactRepository } from '../../src/storage/profile-facts/profile-fact.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { storedSession, storedTurn } from '../factories/whole-account.js';
import { FakeAiEngine, OneEngineCatalog } from '../fakes/ai-catalog.js';
import { auditService } from '../setup/audit.js';
import { personalEngines } from '../setup/personal-engines.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const signal = new AbortController().signal;
const run = (text: string, values: unknown[]) => test.dataSource.query(text, values);
const silent = new Logger('silent');

let test: TestDatabase;
let userId: string;
let model: FakeAiEngine;
let memory: BuiltinMemoryEngine;
/** The same memories, without vectors. */
let plain: BuiltinMemoryEngine;
let profile: BuiltinProfileEngine;

beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(async () => {
  userId = await storedUser(test.database);
  model = new FakeAiEngine();
  const catalog = new OneEngineCatalog(model);
  memory = new BuiltinMemoryEngine(new MemoryRepository(test.database), catalog, silent);
  plain = new BuiltinMemoryEngine(new MemoryRepository(test.database), catalog, silent, {
    extraction: 'rules',
    embeddings: false,
  });
  profile = new BuiltinProfileEngine(new ProfileFactRepository(test.database), catalog);
});

const search = (query: string, engine = memory) => engine.search(query, { userId, sessionId: null }, 5, signal);
const listed = async () => (await memory.list(userId, 50, null, signal)).items;
const known = async () => (await profile.facts(userId, signal)).map(({ key, value }) => `${key}: ${value}`);

/** A stored turn, as the write-back hands it to an engine. */
async function said(sessionId: string, text: string): Promise<MemoryTurn> {
  const { turnId } = await storedTurn(test.database, userId, sessionId, text);
  const [turn] = await new TurnRepository(test.database).said([{ userId, turnId }]);
  const messages = (turn?.messages ?? []).map((message) => ({ ...message, createdAt: new Date(message.createdAt) }));
  return { userId, sessionId, turnId, personalityId: 'p', messages };
}
const learn = (turn: MemoryTurn) => Promise.all([memory.addAll([turn], signal), profile.updateAll([turn], signal)]);
const forgetSession = (sessionId: string) =>
  Promise.all([memory.removeSession(userId, sessionId, signal), profile.removeSession(userId, sessionId, signal)]);

describe('a memory that was deleted', () => {
  const WORDS = ['What is my greyhound called?', 'greyhoud', 'Biscuit', 'bisciut'];
  const MEANINGS = ['puppy', '灰狗'];
  const answers = () =>
    Promise.all([...WORDS.map((word) => search(word, plain)), ...MEANINGS.map((meaning) => search(meaning))]);
  const forgetIt = async () => {
    for (const { id } of await listed()) expect(await memory.remove(userId, id, signal)).toBe(true);
  };
  /** Everything that any question still finds. */
  const leftOf = async () => [...(await answers()).flat(), ...(await listed())];

  beforeEach(() => {
    model.vectorOf = (text) => [/dog|hound|puppy|狗/i.test(text) ? 1 : 0.01, 0.1];
  });

  it('is found by no question, whether by words, misspelt, by meaning or in a list', async () => {
    await learn(await said(await storedSession(test.database, userId), 'My greyhound is called Biscuit'));
    for (const answer of await answers()) expect(answer).toHaveLength(1);
    await forgetIt();
    expect(await leftOf()).toEqual([]);
  });

  it('does not come back with its turn, out of the outbox or the dead letters', async () => {
    const turn = await said(await storedSession(test.database, userId), 'My greyhound is called Biscuit');
    await learn(turn);
    await forgetIt();
    await learn(turn);
    expect(await leftOf()).toEqual([]);
  });

  it('does not come back with a turn that is learned from at the same moment', async () => {
    const sessionId = await storedSession(test.database, userId);
    await learn(await said(sessionId, 'My greyhound is called Biscuit'));
    const again = await said(sessionId, 'My greyhound is called Biscuit!');
    let open: () => void = () => undefined;
    model.gate = new Promise((resolve) => (open = resolve));
    const learning = learn(again);
    await forgetIt();
    open();
    await learning;
    expect(await leftOf()).toEqual([]);
    await learn(await said(sessionId, 'My greyhound is called Biscuit'));
    expect(await listed()).toHaveLength(1);
  });

  it('does not come back however both meet', async () => {
    const sessionId = await storedSession(test.database, userId);
    await learn(await said(sessionId, 'My greyhound is called Biscuit'));
    const turns = await Promise.all(Array.from({ length: 6 }, () => said(sessionId, 'My greyhound is called Biscuit')));
    await Promise.all([...turns.map((turn) => memory.addAll([turn], signal)), forgetIt()]);
    expect(await leftOf()).toEqual([]);
  });

  it('is known to have been deleted as long as a turn from before waits', async () => {
    const kept = await memory.remember(userId, 'My greyhound is called Biscuit', signal);
    await memory.remove(userId, kept.id, signal);
    const marks = async () =>
      (await test.dataSource.query('SELECT 1 FROM forgotten_items WHERE user_id = $1', [userId])) as unknown[];
    const turn = await storedTurn(test.database, userId, await storedSession(test.database, userId), 'Hello');
    await test.dataSource.query(
      `UPDATE forgotten_items SET forgotten_at = now() - interval '91 days' WHERE user_id = $1`,
      [userId],
    );
    await test.dataSource.query(
      `UPDATE outbox SET created_at = now() - interval '92 days', dead_at = now() WHERE turn_id = $1`,
      [turn.turnId],
    );
    const expiry = new ExpiryRepository(test.database);
    await expiry.deleteExpired();
    expect(await marks()).toHaveLength(1);
    for (const letter of await new OutboxRepository(test.database).listDead(100, null)) {
      if (letter.userId === userId) await new OutboxRepository(test.database).close([letter.id]);
    }
    await expiry.deleteExpired();
    expect(await marks()).toEqual([]);
  });
});

describe('what belongs to something that was deleted', () => {
  const echo = { role: 'assistant' as const, content: 'Biscuit, as you told me at the harbour.' };
  const everything = async () =>
    (await memory.list(userId, 50, null, signal, { withConversation: true })).items.map(({ text }) => text);

  async function toldAndRepeated(): Promise<{ told: string; repeated: string }> {
    const [told, repeated] = [await storedSession(test.database, userId), await storedSession(test.database, userId)];
    await learn(await said(told, 'My name is Ana'));
    await learn(await said(told, 'My greyhound is called Biscuit'));
    const question = await said(repeated, 'What is my greyhound called?');
    const messages = question.messages.map((message) => ({ ...message, ...(message.role === 'assistant' && echo) }));
    await learn({ ...question, messages });
    expect(await everything()).toContain(echo.content);
    expect(await known()).toEqual(['name: Ana', 'called.greyhound: Biscuit']);
    return { told, repeated };
  }
  const idOf = async (words: string) => (await listed()).find(({ text }) => text.includes(words))?.id ?? '';

  it('goes with a memory: the fact from the same message, and what the companion repeated elsewhere', async () => {
    await toldAndRepeated();
    expect(await memory.remove(userId, await idOf('Biscuit'), signal)).toBe(true);
    expect(await known()).toEqual(['name: Ana']);
    expect((await everything()).join()).not.toContain('Biscuit');
    expect((await listed()).map(({ text }) => text)).toEqual(['My name is Ana']);
  });

  it('goes with a fact: the memory of the message that it came from, and what was repeated of it', async () => {
    await toldAndRepeated();
    const [, fact] = await profile.facts(userId, signal);
    expect(await profile.removeFact(userId, fact?.id ?? '', signal)).toBe(true);
    expect(await known()).toEqual(['name: Ana']);
    expect((await everything()).join()).not.toContain('Biscuit');
  });

  it('goes with a session: what the companion repeated of it in others', async () => {
    const { told } = await toldAndRepeated();
    await forgetSession(told);
    expect([await known(), await listed()]).toEqual([[], []]);
    expect((await everything()).join()).not.toContain('Biscuit');
  });

  it('goes with a fact that was set by hand: what the companion repeated of it', async () => {
    const fact = await profile.setFact(userId, 'home', 'Porto', signal);
    const question = await said(await storedSession(test.database, userId), 'Where do I live?');
    const reply = { role: 'assistant' as const, content: 'In Porto, by the river, you told me once.' };
    const messages = question.messages.map((message) => ({ ...message, ...(message.role === 'assistant' && reply) }));
    await learn({ ...question, messages });
    expect(await everything()).toContain(reply.content);
    expect(await profile.removeFact(userId, fact.id, signal)).toBe(true);
    expect((await everything()).join()).not.toContain('Porto');
  });

  it('is not what a model made of another part of the message', async () => {
    const turn = await said(await storedSession(test.database, userId), 'I live in Porto and my dog is called Rex');
    await learn(turn);
    const source = turn.messages[0]?.id ?? '';
    await run(`UPDATE memories SET kind = 'fact', text = 'The user lives in Porto.' WHERE message_id = $1`, [source]);
    expect(await memory.remove(userId, await idOf('Porto'), signal)).toBe(true);
    expect(await known()).toEqual(['pet.dog: Rex']);
  });

  it('is not learned from the same turn afterwards, where the profile had still to do so', async () => {
    const turn = await said(await storedSession(test.database, userId), 'My greyhound is called Biscuit');
    await memory.addAll([turn], signal);
    expect(await memory.remove(userId, await idOf('Biscuit'), signal)).toBe(true);
    await profile.updateAll([turn], signal);
    expect(await known()).toEqual([]);
  });
});

describe('a fact that was deleted', () => {
  it('does not come back with a turn that said it before, though another value does', async () => {
    const sessionId = await storedSession(test.database, userId);
    await learn(await said(sessionId, 'I live in Lisbon'));
    const [same, other] = [await said(sessionId, 'I live in lisbon'), await said(sessionId, 'My name is Ana')];
    const [fact] = await profile.facts(userId, signal);
    await profile.removeFact(userId, fact?.id ?? '', signal);
    await learn(same);
    await learn(other);
    expect(await known()).toEqual(['name: Ana']);
  });

  it('corrected by hand stays corrected, whatever was said before', async () => {
    const sessionId = await storedSession(test.database, userId);
    const late = await said(sessionId, 'I live in Lisbon');
    await profile.setFact(userId, 'home', 'Porto', signal);
    await learn(late);
    expect(await known()).toEqual(['home: Porto']);
  });
});

describe('a session that is forgotten', () => {
  it('takes along its memories and facts, and nothing of another', async () => {
    const [gone, stays] = [await storedSession(test.database, userId), await storedSession(test.database, userId)];
    await learn(await said(stays, 'I live in Lisbon'));
    await learn(await said(gone, 'I moved to Porto'));
    await learn(await said(gone, 'My name is Ana'));
    await profile.setFact(userId, 'people.friend', 'Bob', signal);
    expect(await known()).toContain('home: Porto');
    await forgetSession(gone);
    expect((await known()).toSorted()).toEqual(['home: Lisbon', 'people.friend: Bob']);
    expect((await listed()).map(({ sessionId }) => sessionId)).toEqual([stays]);
    await forgetSession(gone);
    await forgetSession(newId());
    expect((await known()).toSorted()).toEqual(['home: Lisbon', 'people.friend: Bob']);
  });

  it('is not learned from afterwards, also by one who has read its turn already', async () => {
    const sessionId = await storedSession(test.database, userId);
    const turns = [await said(sessionId, 'I live in Lisbon'), await said(sessionId, 'My dog is called Rex')];
    await forgetSession(sessionId);
    for (const turn of turns) await learn(turn);
    expect([await known(), await listed()]).toEqual([[], []]);
  });

  it('is forgotten by the profile also where the memory engine fails, which is told', async () => {
    const sessionId = await storedSession(test.database, userId);
    await learn(await said(sessionId, 'I live in Lisbon'));
    memory.removeSession = () => Promise.reject(new CozyError('ENGINE_UNAVAILABLE'));
    const sessions = new SessionRepository(test.database);
    const engines = personalEngines(test.database, { memory, profile });
    const deletions = new SessionDeletionService(sessions, engines, auditService(test.database));
    const caller = { userId, role: 'user' as const, scopes: null, credentialId: null, rateLimitPerMinute: null };
    await expect(deletions.deleteAndForget(sessionId, caller)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(await known()).toEqual([]);
  });

  it('of another user is out of reach', async () => {
    const sessionId = await storedSession(test.database, userId);
    await learn(await said(sessionId, 'I live in Lisbon'));
    const other = await storedUser(test.database);
    await memory.removeSession(other, sessionId, signal);
    await profile.removeSession(other, sessionId, signal);
    expect([await known(), await listed()]).toMatchObject([['home: Lisbon'], [{ sessionId }]]);
  });
});
