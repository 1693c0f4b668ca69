import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { Mem0MemoryEngine, type Mem0Options } from '../../src/engines/memory/mem0/mem0-memory.engine.js';
import { turnOf } from '../factories/turn.js';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { describeServiceFaults, errorOf, newSignal } from './service-faults.contract.js';

const KEY = 'm0-key';
const engines: Mem0MemoryEngine[] = [];

function engineOf(simulator: Mem0Simulator, more: Partial<Mem0Options> = {}): Mem0MemoryEngine {
  const engine = new Mem0MemoryEngine({
    baseUrl: simulator.url,
    apiKey: KEY,
    hosted: false,
    timeoutMs: 20_000,
    writeTimeoutMs: 20_000,
    idKey: 'id-key',
    ...more,
  });
  engines.push(engine);
  return engine;
}

afterAll(() => Promise.all(engines.map((engine) => engine.close())));

describe.each([{ hosted: false }, { hosted: true }])('Mem0MemoryEngine (hosted: $hosted)', ({ hosted }) => {
  let simulator: Mem0Simulator;
  let engine: Mem0MemoryEngine;
  const search = (query: string, userId: string, topK = 5) =>
    engine.search(query, { userId, sessionId: null }, topK, newSignal());

  beforeAll(async () => {
    simulator = await new Mem0Simulator({ apiKey: KEY, hosted }).listen();
    engine = engineOf(simulator, { hosted });
  });
  afterEach(() => simulator.reset());
  afterAll(() => simulator.close());

  it('finds what a turn said, of this user alone, and tells where it was said', async () => {
    const turn = turnOf('My cat is called Mochi');
    await engine.addAll([turn], newSignal());
    await engine.addAll([turnOf('My cat is called Tiger')], newSignal());
    expect(await search('what is my cat called', turn.userId)).toEqual([
      {
        id: expect.any(String),
        text: 'My cat is called Mochi',
        score: expect.any(Number),
        createdAt: expect.any(Date),
        sessionId: turn.sessionId,
        messageId: turn.messages[0]?.id,
      },
    ]);
  });

  it('marks what it adds with the turn, and shows a turn that was added twice once', async () => {
    const turn = turnOf('I play the cello');
    await engine.addAll([turn], newSignal());
    await engine.addAll([turn], newSignal());
    const [request] = simulator.requests;
    expect(request?.body).toMatchObject({
      user_id: turn.userId,
      run_id: turn.sessionId,
      infer: true,
      metadata: { cozy_turn_id: turn.turnId, cozy_personality_id: 'cozy' },
    });
    expect(await search('cello', turn.userId)).toHaveLength(1);
  });

  it('gives at most as many as asked for', async () => {
    const userId = newId();
    for (const fruit of ['apples', 'pears', 'plums'])
      await engine.addAll([turnOf(`I like ${fruit}`, { userId })], newSignal());
    expect(await search('like', userId, 2)).toHaveLength(2);
  });

  it('reads past missing items and fields', async () => {
    const turn = turnOf('I live in Basel');
    await engine.addAll([turn], newSignal());
    simulator.withNulls = true;
    expect(await search('Basel', turn.userId)).toMatchObject([
      { text: 'I live in Basel', score: null, createdAt: null, sessionId: null, messageId: null },
    ]);
    simulator.withNulls = false;
    simulator.failOnce({ kind: 'json', body: { results: null } });
    expect(await search('Basel', turn.userId)).toEqual([]);
  });

  it('keeps a text as the user gave it', async () => {
    const userId = newId();
    const kept = await engine.remember(userId, 'The key is under the mat', newSignal());
    expect(kept).toMatchObject({ text: 'The key is under the mat', sessionId: null });
    expect(simulator.requests[0]?.body).toMatchObject({ infer: false });
    expect(await search('key', userId)).toMatchObject([{ text: 'The key is under the mat' }]);
  });

  it('lists by pages what is the user’s own, the newest first', async () => {
    const userId = newId();
    for (const text of ['one', 'two', 'three']) {
      await engine.remember(userId, text, newSignal());
      await engine.remember(newId(), `${text} of another`, newSignal());
    }
    // As if they had not been made within one millisecond.
    for (const [at, stored] of simulator.stored.entries()) stored.created_at = new Date(at * 1000).toISOString();
    const first = await engine.list(userId, 2, null, newSignal());
    expect(first.items.map(({ text }) => text)).toEqual(['three', 'two']);
    const second = await engine.list(userId, 2, first.nextCursor, newSignal());
    expect(second).toMatchObject({ items: [{ text: 'one', score: null }], nextCursor: null });
    expect(await engine.remove(userId, second.items[0]?.id ?? '', newSignal())).toBe(true);
    expect((await engine.list(userId, 5, null, newSignal())).items).toHaveLength(2);
    expect(await engine.list(newId(), 5, null, newSignal())).toEqual({ items: [], nextCursor: null });
    expect((await errorOf(engine.list(userId, 5, 'x', newSignal()))).code).toBe('VALIDATION_FAILED');
  });

  it('does not show what a service sends of another user', async () => {
    const mine = { id: 'a', memory: 'mine', user_id: 'u1' };
    simulator.failOnce({ kind: 'json', body: { results: [mine, { id: 'b', memory: 'theirs', user_id: 'u2' }] } });
    expect((await search('anything', 'u1')).map(({ text }) => text)).toEqual(['mine']);
  });
});

describe.each([{ hosted: false }, { hosted: true }])('Mem0MemoryEngine (hosted: $hosted) deletes', ({ hosted }) => {
  let simulator: Mem0Simulator;
  let engine: Mem0MemoryEngine;
  const textsOf = async (userId: string) =>
    (await engine.search('tea', { userId, sessionId: null }, 5, newSignal())).map(({ text }) => text);

  beforeAll(async () => {
    simulator = await new Mem0Simulator({ apiKey: KEY, hosted }).listen();
    engine = engineOf(simulator, { hosted });
  });
  afterAll(() => simulator.close());

  it('one memory, at once, and says when there is none', async () => {
    const userId = newId();
    await engine.remember(userId, 'I drink tea', newSignal());
    // The platform tells the memory's own id later than the receipt of its addition.
    const id = (await engine.list(userId, 1, null, newSignal())).items[0]?.id ?? '';
    expect(await engine.remove(userId, id, newSignal())).toBe(true);
    expect(await textsOf(userId)).toEqual([]);
    expect(await engine.remove(userId, id, newSignal())).toBe(false);
  });

  // Mem0 itself deletes any memory whose id it is told.
  it('no memory of another user, whatever id is sent', async () => {
    const [mine, theirs] = [newId(), newId()];
    const { id } = await engine.remember(theirs, 'We drink tea', newSignal());
    const bare = simulator.stored.find(({ user_id: owner }) => owner === theirs)?.id ?? '';
    for (const sent of [id, bare, `${bare}.`, `${bare}.${'A'.repeat(22)}`, '', '.', '../users']) {
      expect(await engine.remove(mine, sent, newSignal())).toBe(false);
    }
    expect(await textsOf(theirs)).toEqual(['We drink tea']);
  });

  it('all of one user', async () => {
    const [mine, theirs] = [newId(), newId()];
    await engine.remember(mine, 'I drink green tea', newSignal());
    await engine.remember(theirs, 'I drink black tea', newSignal());
    await engine.removeAll(mine, newSignal());
    expect(await textsOf(mine)).toEqual([]);
    expect(await textsOf(theirs)).toEqual(['I drink black tea']);
  });

  it('what was said in one session', async () => {
    const userId = newId();
    const turn = turnOf('I drink tea at home', { userId });
    await engine.addAll([turn], newSignal());
    await engine.addAll([turnOf('I drink tea at work', { userId })], newSignal());
    await engine.removeSession(userId, turn.sessionId ?? '', newSignal());
    expect(await textsOf(userId)).toEqual(['I drink tea at work']);
  });

  it.each(['*', '', 'a&user_id=b'])('nobody’s for what is no id: "%s"', async (strange) => {
    const theirs = newId();
    await engine.remember(theirs, 'We drink tea', newSignal());
    expect((await errorOf(engine.removeAll(strange, newSignal()))).code).toBe('ENGINE_REQUEST_REJECTED');
    expect((await errorOf(engine.removeSession(theirs, strange, newSignal()))).code).toBe('ENGINE_REQUEST_REJECTED');
    expect(await textsOf(theirs)).toEqual(['We drink tea']);
  });

  it('refuses to work once closed, and closes twice', async () => {
    const closed = engineOf(simulator);
    await closed.close();
    await closed.close();
    expect((await errorOf(closed.removeAll('u', newSignal()))).code).toBe('ENGINE_UNAVAILABLE');
  });
});

describeServiceFaults('Mem0', async () => {
  const simulator = await new Mem0Simulator({ apiKey: KEY }).listen();
  const read = (timeoutMs: number, signal: AbortSignal) =>
    engineOf(simulator, { timeoutMs }).search('hello', { userId: 'u', sessionId: null }, 3, signal);
  return { simulator, read, health: (signal) => engineOf(simulator).health(signal), dispose: () => simulator.close() };
});
