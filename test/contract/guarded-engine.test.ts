import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { Mem0MemoryEngine } from '../../src/engines/memory/mem0/mem0-memory.engine.js';
import type { EngineCache } from '../../src/engines/resilience/engine-cache.js';
import { ResilientCall } from '../../src/engines/resilience/resilient-call.js';
import { turnOf } from '../factories/turn.js';
import { type ServiceFault } from '../fakes/json-simulator.js';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { guardTools } from '../setup/guards.js';

const noCache = {
  find: () => Promise.resolve({ outcome: 'miss' }),
  keep: () => undefined,
  forget: () => Promise.resolve(),
} as unknown as EngineCache;

describe('a remote engine under guard', () => {
  let simulator: Mem0Simulator;
  let engine: Mem0MemoryEngine;
  const userId = newId();

  beforeAll(async () => {
    simulator = await new Mem0Simulator().listen();
    const timeouts = { timeoutMs: 20_000, writeTimeoutMs: 20_000 };
    engine = new Mem0MemoryEngine({ baseUrl: simulator.url, hosted: false, idKey: 'k', ...timeouts });
    await engine.addAll([turnOf('I keep bees', { userId })], new AbortController().signal);
  });
  afterAll(async () => {
    await engine.close();
    await simulator.close();
  });

  function guarded(timeoutMs: number) {
    const target = {
      kind: 'memory',
      provider: 'mem0',
      configVersion: '1',
      isRemote: true,
      changeTimeoutMs: 20_000,
    } as const;
    const guard = new ResilientCall({ ...target, timeoutMs }, guardTools(noCache));
    const question = { userId, sessionId: null, personalityId: null, query: 'bees', limit: 3 };
    const ask = () =>
      guard.ask(
        question,
        (signal) => engine.search(question.query, { userId, sessionId: null }, question.limit, signal),
        new AbortController().signal,
      );
    return { guard, ask };
  }

  it('answers', async () => {
    expect(await guarded(20_000).ask()).toMatchObject({ status: 'ok', value: [{ text: 'I keep bees' }] });
  });

  it.each<[string, ServiceFault]>([
    ['auth', { kind: 'status', status: 401 }],
    ['rate_limit', { kind: 'status', status: 429 }],
    ['invalid_request', { kind: 'status', status: 422 }],
    ['unavailable', { kind: 'status', status: 500 }],
    ['unavailable', { kind: 'cut-mid-body' }],
    ['bad_response', { kind: 'html' }],
  ])('is a degradation for the reason of %s: %j', async (reason, fault) => {
    simulator.failOnce(fault);
    expect(await guarded(20_000).ask()).toMatchObject({ status: 'degraded', reason });
  });

  it('is not waited for, and not asked after five silences', async () => {
    const { guard, ask } = guarded(50);
    simulator.fail({ kind: 'hang-before-headers' });
    for (let time = 0; time < 5; time++) expect(await ask()).toMatchObject({ status: 'degraded', reason: 'timeout' });
    simulator.reset();
    expect(await ask()).toMatchObject({ status: 'degraded', reason: 'breaker_open' });
    expect(guard.breakerState).toBe('open');
    expect(simulator.requests).toEqual([]);
  });
});
