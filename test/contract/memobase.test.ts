import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import {
  MemobaseProfileEngine,
  type MemobaseOptions,
} from '../../src/engines/profile/memobase/memobase-profile.engine.js';
import { memobaseUserId } from '../../src/engines/profile/memobase/memobase-user.js';
import { turnOf } from '../factories/turn.js';
import { errno, MemobaseSimulator } from '../fakes/memobase-simulator.js';
import { SERVICE_SECRET } from '../fakes/json-simulator.js';
import { describeServiceFaults, errorOf, newSignal } from './service-faults.contract.js';

const engines: MemobaseProfileEngine[] = [];

function engineOf(simulator: MemobaseSimulator, more: Partial<MemobaseOptions> = {}): MemobaseProfileEngine {
  const engine = new MemobaseProfileEngine({
    baseUrl: `${simulator.url}/`,
    apiKey: 'memobase-key',
    timeoutMs: 20_000,
    writeTimeoutMs: 20_000,
    ...more,
  });
  engines.push(engine);
  return engine;
}

describe('MemobaseProfileEngine', () => {
  let simulator: MemobaseSimulator;
  let engine: MemobaseProfileEngine;
  beforeAll(async () => {
    simulator = await new MemobaseSimulator().listen();
    engine = engineOf(simulator);
  });
  afterEach(() => simulator.reset());
  afterAll(async () => {
    await Promise.all(engines.map((made) => made.close()));
    await simulator.close();
  });

  const known = (userId: string) => engine.get(userId, 500, newSignal());

  it('knows nothing of a user it has never met', async () => {
    expect(await known(newId())).toBe('');
    expect(await engine.facts(newId(), newSignal())).toEqual([]);
  });

  it('learns from a turn, of this user alone', async () => {
    const turn = turnOf('I am a gardener');
    await engine.update(turn, newSignal());
    await expect.poll(() => known(turn.userId)).toContain('I am a gardener');
    expect(await engine.facts(turn.userId, newSignal())).toEqual([
      {
        id: expect.any(String),
        key: 'said.lately',
        value: 'I am a gardener',
        since: expect.any(Date),
        messageId: null,
      },
    ]);
    expect(await known(newId())).toBe('');
  });

  it('marks what it inserts with the turn', async () => {
    const turn = turnOf('I am tall');
    await engine.update(turn, newSignal());
    expect(simulator.blobs.at(-1)).toMatchObject({
      uid: memobaseUserId(turn.userId),
      body: { blob_type: 'chat', fields: { cozy_turn_id: turn.turnId } },
    });
  });

  it('does not wait for the extraction, which may take minutes', async () => {
    let finish: () => void = () => undefined;
    simulator.slowExtraction = new Promise((resolve) => (finish = resolve));
    const turn = turnOf('I am slow');
    await engine.update(turn, newSignal());
    await engine.update({ ...turn, turnId: newId() }, newSignal());
    expect(await known(turn.userId)).toBe('');
    finish();
    await expect.poll(() => known(turn.userId)).toContain('I am slow');
    simulator.slowExtraction = undefined;
  });

  it('tells the operator, and nobody else, that an extraction failed', async () => {
    const onBackgroundError = vi.fn<(error: unknown) => void>();
    const turn = turnOf('I am lost');
    await engine.update(turn, newSignal());
    await expect.poll(() => known(turn.userId)).not.toBe('');
    const watched = engineOf(simulator, { onBackgroundError });
    simulator.reset();
    simulator.failOnce({ kind: 'json', body: { data: {}, errno: 0 } }, { kind: 'status', status: 500 });
    await watched.update(turn, newSignal());
    await vi.waitFor(() => expect(onBackgroundError).toHaveBeenCalledOnce());
  });

  it('asks for no more than fits, and cuts what does not', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `I like song number ${index}`);
    simulator.failOnce({ kind: 'json', body: { data: { context: lines.join('\n') }, errno: 0 } });
    const text = await engine.get(newId(), 30, newSignal());
    expect(text.split('\n').length).toBeLessThan(8);
    expect(text).toMatch(/^I like song number 0\n/);
    expect(simulator.requests[0]?.query).toEqual({ max_token_size: '30' });
  });

  it('reads past missing items', async () => {
    const turn = turnOf('I am here');
    await engine.update(turn, newSignal());
    await expect.poll(() => known(turn.userId)).not.toBe('');
    simulator.withNulls = true;
    expect(await known(turn.userId)).toBe('');
    expect(await engine.facts(turn.userId, newSignal())).toMatchObject([{ value: 'I am here' }]);
    simulator.withNulls = false;
  });

  it.each<[number, string]>([
    [400, 'ENGINE_REQUEST_REJECTED'],
    [401, 'ENGINE_AUTH_FAILED'],
    [429, 'ENGINE_RATE_LIMITED'],
    [500, 'ENGINE_UNAVAILABLE'],
    [503, 'ENGINE_UNAVAILABLE'],
    [7, 'ENGINE_BAD_RESPONSE'],
  ])('takes errno %i in an HTTP 200 for what it is', async (number, code) => {
    simulator.fail({ kind: 'json', body: errno(number) });
    const error = await errorOf(known(newId()));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain(SERVICE_SECRET);
    expect(await engine.health(newSignal())).toMatchObject({ status: number === 429 ? 'degraded' : 'down' });
  });

  it('deletes one fact, of this user alone', async () => {
    const turn = turnOf('I am a sailor');
    await engine.update(turn, newSignal());
    await expect.poll(() => known(turn.userId)).not.toBe('');
    const [fact] = await engine.facts(turn.userId, newSignal());
    const id = fact?.id ?? '';
    expect(await engine.removeFact(newId(), id, newSignal())).toBe(false);
    expect(await engine.removeFact(turn.userId, '../../users', newSignal())).toBe(false);
    expect(await engine.removeFact(turn.userId, id, newSignal())).toBe(true);
    expect(await known(turn.userId)).toBe('');
    expect(await engine.removeFact(turn.userId, id, newSignal())).toBe(false);
  });

  it('deletes all of a user, also what it has heard and not worked on yet', async () => {
    const [mine, theirs] = [turnOf('I am a baker'), turnOf('I am a singer')];
    for (const turn of [mine, theirs]) await engine.update(turn, newSignal());
    await expect.poll(() => known(theirs.userId)).not.toBe('');
    await engine.removeAll(mine.userId, newSignal());
    await engine.removeAll(mine.userId, newSignal());
    expect(simulator.people.has(memobaseUserId(mine.userId))).toBe(false);
    expect(await known(theirs.userId)).toContain('I am a singer');
  });

  it('says what it cannot do', async () => {
    for (const call of [engine.setFact(), engine.removeSession()]) {
      expect((await errorOf(call)).code).toBe('ENGINE_UNSUPPORTED');
    }
  });
});

describeServiceFaults('Memobase', async () => {
  const simulator = await new MemobaseSimulator().listen();
  const read = (timeoutMs: number, signal: AbortSignal) => engineOf(simulator, { timeoutMs }).get('u', 100, signal);
  return { simulator, read, health: (signal) => engineOf(simulator).health(signal), dispose: () => simulator.close() };
});
