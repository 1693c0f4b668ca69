import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardTools, type MeasuredTools } from '../../../test/setup/guards.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import type { EngineCache } from './engine-cache.js';
import type { EngineQuestion } from './resilience.port.js';
import { type GuardedTarget, ResilientCall } from './resilient-call.js';

const TARGET: GuardedTarget = {
  kind: 'memory',
  provider: 'mem0',
  configVersion: '1',
  isRemote: true,
  timeoutMs: 400,
  changeTimeoutMs: 60_000,
};
const QUESTION: EngineQuestion = { userId: 'u', sessionId: null, personalityId: null, query: 'q', limit: 5 };
const LABELS = { kind: 'memory', provider: 'mem0' };

const signalOf = () => new AbortController().signal;
const never = () => new Promise<never>(() => undefined);
const failing = (code: ErrorCode) => () => Promise.reject(new CozyError(code));

/** A cache that holds nothing. */
const emptyCache = () =>
  ({
    find: vi.fn<EngineCache['find']>(() => Promise.resolve({ outcome: 'miss', place: 'here' })),
    keep: vi.fn<EngineCache['keep']>(),
    forget: vi.fn<EngineCache['forget']>(() => Promise.resolve()),
  }) satisfies Partial<EngineCache>;

let cache: ReturnType<typeof emptyCache>;
let tools: MeasuredTools;
let guard: ResilientCall;
const ask = (call: (signal: AbortSignal) => Promise<unknown>, signal = signalOf()) => guard.ask(QUESTION, call, signal);
const change = (call: (signal: AbortSignal) => Promise<unknown>) => guard.change({ userId: 'u' }, call, signalOf());

beforeEach(() => {
  vi.useFakeTimers();
  cache = emptyCache();
  tools = guardTools(cache as unknown as EngineCache);
  guard = new ResilientCall(TARGET, tools);
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a question to an engine', () => {
  it('is answered, counted and kept', async () => {
    const answer = await ask(() => Promise.resolve(['a']));
    expect(answer).toEqual({
      status: 'ok',
      value: ['a'],
      reason: null,
      latencyMs: expect.any(Number),
      cacheHit: false,
    });
    expect(cache.keep).toHaveBeenCalledWith('here', ['a']);
    expect(await tools.metric('calls', { ...LABELS, outcome: 'ok' })).toBe(1);
  });

  it.each<[ErrorCode, string]>([
    ['ENGINE_TIMEOUT', 'timeout'],
    ['ENGINE_AUTH_FAILED', 'auth'],
    ['ENGINE_RATE_LIMITED', 'rate_limit'],
    ['ENGINE_REQUEST_REJECTED', 'invalid_request'],
    ['ENGINE_UNAVAILABLE', 'unavailable'],
    ['ENGINE_BAD_RESPONSE', 'bad_response'],
  ])('that fails with %s is a degradation (%s), and is not kept', async (code, reason) => {
    const answer = await ask(failing(code));
    expect(answer).toMatchObject({ status: 'degraded', value: null, reason, cacheHit: false });
    expect(cache.keep).not.toHaveBeenCalled();
    expect(await tools.metric('calls', { ...LABELS, outcome: code })).toBe(1);
    expect(await tools.metric('degradations', { ...LABELS, reason })).toBe(1);
  });

  it('that hits a bug is a degradation as well', async () => {
    const buggy = () => {
      throw new TypeError('undefined is not a function');
    };
    expect(await ask(buggy)).toMatchObject({ status: 'degraded', reason: 'unavailable' });
  });

  it('has its deadline, also where the engine does not obey', async () => {
    const answered = vi.fn<() => void>();
    const answer = ask(never);
    void answer.then(answered);
    await vi.advanceTimersByTimeAsync(399);
    expect(answered).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toMatchObject({ status: 'degraded', reason: 'timeout', latencyMs: 400 });
  });

  it('whose caller leaves ends at once, and says nothing of the engine', async () => {
    for (let time = 0; time < 6; time++) {
      const caller = new AbortController();
      const answer = ask(never, caller.signal);
      caller.abort();
      expect(await answer).toMatchObject({ status: 'degraded', reason: 'cancelled' });
    }
    expect(guard.breakerState).toBe('closed');
    expect(await tools.metric('degradations', LABELS)).toBe(0);
    expect(await ask(never, AbortSignal.abort())).toMatchObject({ reason: 'cancelled' });
  });

  it('whose caller has a shorter deadline is late', async () => {
    const signal = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(await ask(never, signal)).toMatchObject({ reason: 'timeout' });
  });

  it('is not asked any more once five have failed, until the engine works again', async () => {
    for (let time = 0; time < 5; time++) await ask(failing('ENGINE_UNAVAILABLE'));
    const call = vi.fn<() => Promise<string>>(() => Promise.resolve('fine'));
    expect(await ask(call)).toMatchObject({ status: 'degraded', reason: 'breaker_open' });
    expect(call).not.toHaveBeenCalled();
    expect(guard.breakerState).toBe('open');
    expect(await tools.metric('breaker', { ...LABELS, calls: 'read' })).toBe(2);
    vi.advanceTimersByTime(30_000);
    expect(await ask(call)).toMatchObject({ status: 'ok' });
    expect(await tools.metric('breaker', { ...LABELS, calls: 'read' })).toBe(0);
  });

  it('opens the breaker when it is late time and again', async () => {
    for (let time = 0; time < 5; time++) {
      const answer = ask(never);
      await vi.advanceTimersByTimeAsync(400);
      await answer;
    }
    expect(guard.breakerState).toBe('open');
  });

  it('does not open the breaker by what is wrong with it', async () => {
    for (const code of ['ENGINE_REQUEST_REJECTED', 'ENGINE_AUTH_FAILED', 'ENGINE_RATE_LIMITED'] as const) {
      for (let time = 0; time < 6; time++) await ask(failing(code));
    }
    expect(guard.breakerState).toBe('closed');
  });

  it('is told from the cache without the engine, also while the breaker is open', async () => {
    for (let time = 0; time < 5; time++) await ask(failing('ENGINE_UNAVAILABLE'));
    cache.find.mockResolvedValue({ outcome: 'hit', value: ['known'] });
    expect(await ask(never)).toMatchObject({ status: 'ok', value: ['known'], cacheHit: true });
  });
});

describe('a question to a built-in engine', () => {
  it('has a deadline and its reasons, but neither breaker nor cache', async () => {
    guard = new ResilientCall({ ...TARGET, isRemote: false }, tools);
    for (let time = 0; time < 6; time++) {
      expect(await ask(failing('STORAGE_UNAVAILABLE'))).toMatchObject({ reason: 'unavailable' });
    }
    const late = ask(never);
    await vi.advanceTimersByTimeAsync(400);
    expect(await late).toMatchObject({ reason: 'timeout' });
    expect(await ask(() => Promise.resolve(1))).toMatchObject({ status: 'ok' });
    expect(cache.find).not.toHaveBeenCalled();
    await change(() => Promise.resolve());
    expect(cache.forget).not.toHaveBeenCalled();
  });
});

describe('a change', () => {
  it('is told to the cache before and after, and gives what it gives', async () => {
    const seen: number[] = [];
    const value = await change(() => {
      seen.push(cache.forget.mock.calls.length);
      return Promise.resolve('done');
    });
    expect(value).toBe('done');
    expect(seen).toEqual([1]);
    expect(cache.forget.mock.calls).toEqual([[{ userId: 'u' }], [{ userId: 'u' }]]);
  });

  it('throws, so that it is tried again, and is told to the cache all the same', async () => {
    await expect(change(failing('ENGINE_UNAVAILABLE'))).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(cache.forget).toHaveBeenCalledTimes(2);
  });

  it('has a breaker of its own: questions are still asked', async () => {
    for (let time = 0; time < 5; time++) await expect(change(failing('ENGINE_UNAVAILABLE'))).rejects.toThrow(CozyError);
    const call = vi.fn<() => Promise<string>>(() => Promise.resolve('fine'));
    await expect(change(call)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(call).not.toHaveBeenCalled();
    expect(await ask(call)).toMatchObject({ status: 'ok' });
  });

  it('has a longer deadline', async () => {
    const ended = vi.fn<(error: CozyError) => void>();
    void change(never).catch(ended);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledWith(expect.objectContaining({ code: 'ENGINE_TIMEOUT' }));
  });
});
