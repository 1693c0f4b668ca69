import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BreakerOpenError, CircuitBreaker } from './circuit-breaker.js';

class RequestError extends Error {}

const open = BreakerOpenError;
const fails = () => Promise.reject(new Error('broken'));
const succeeds = () => Promise.resolve('fine');
const signalOf = () => new AbortController().signal;

let breaker: CircuitBreaker;
let states: string[];
const run = (call: (signal: AbortSignal) => Promise<unknown>, signal = signalOf()) => breaker.run(call, signal);
const failTimes = async (times: number) => {
  for (let time = 0; time < times; time++) await expect(run(fails)).rejects.toThrow('broken');
};

beforeEach(() => {
  vi.useFakeTimers();
  states = [];
  breaker = new CircuitBreaker(
    (error) => !(error instanceof RequestError),
    (state) => states.push(state),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

describe('CircuitBreaker', () => {
  it('opens after five failures in a row, and makes no call while it is open', async () => {
    await failTimes(4);
    expect(breaker.state).toBe('closed');
    await failTimes(1);
    expect(breaker.state).toBe('open');
    const call = vi.fn<typeof succeeds>(succeeds);
    vi.advanceTimersByTime(29_999);
    await expect(run(call)).rejects.toThrow(open);
    expect(call).not.toHaveBeenCalled();
  });

  it('begins to count anew after a success', async () => {
    await failTimes(4);
    await run(succeeds);
    await failTimes(4);
    expect(breaker.state).toBe('closed');
  });

  it('does not count what is about the request', async () => {
    for (let time = 0; time < 20; time++) {
      await expect(run(() => Promise.reject(new RequestError()))).rejects.toThrow(RequestError);
    }
    expect(breaker.state).toBe('closed');
  });

  it('does not count callers who leave, whatever becomes of their calls', async () => {
    for (let time = 0; time < 20; time++) {
      const caller = new AbortController();
      const leaving = run(async (signal) => {
        caller.abort(new Error('left'));
        signal.throwIfAborted();
      }, caller.signal);
      await expect(leaving).rejects.toThrow('left');
    }
    expect(breaker.state).toBe('closed');
  });

  it('makes no call for a caller who has left already', async () => {
    const call = vi.fn<typeof succeeds>(succeeds);
    await expect(run(call, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    expect(call).not.toHaveBeenCalled();
  });

  it('lets exactly one of many callers through when it is half open, and refuses the others at once', async () => {
    await failTimes(5);
    vi.advanceTimersByTime(30_000);
    let finish: (value: string) => void = () => undefined;
    const call = vi.fn<() => Promise<string>>(() => new Promise((resolve) => (finish = resolve)));
    const callers = Array.from({ length: 20 }, () => run(call));
    const others = await Promise.allSettled(callers.slice(1));
    expect(others.every((other) => other.status === 'rejected' && other.reason instanceof BreakerOpenError)).toBe(true);
    expect(call).toHaveBeenCalledOnce();
    expect(breaker.state).toBe('half_open');
    finish('fine');
    await expect(callers[0]).resolves.toBe('fine');
    expect(breaker.state).toBe('closed');
    await expect(run(succeeds)).resolves.toBe('fine');
    expect(states).toEqual(['open', 'half_open', 'closed']);
  });

  it('opens again for as long when that one fails', async () => {
    await failTimes(5);
    vi.advanceTimersByTime(30_000);
    await failTimes(1);
    expect(breaker.state).toBe('open');
    await expect(run(succeeds)).rejects.toThrow(open);
    vi.advanceTimersByTime(30_000);
    await expect(run(succeeds)).resolves.toBe('fine');
    await failTimes(4);
    expect(breaker.state).toBe('closed');
  });

  it('closes when that one is answered with a refusal: the service works', async () => {
    await failTimes(5);
    vi.advanceTimersByTime(30_000);
    await expect(run(() => Promise.reject(new RequestError()))).rejects.toThrow(RequestError);
    expect(breaker.state).toBe('closed');
  });

  // The library takes whatever is no failure for a success, and would close.
  it('neither closes nor opens when the caller of that one leaves: the call goes on', async () => {
    await failTimes(5);
    vi.advanceTimersByTime(30_000);
    const caller = new AbortController();
    let told: AbortSignal | undefined;
    let fail: (error: Error) => void = () => undefined;
    const probing = run((signal) => {
      told = signal;
      return new Promise((_resolve, reject) => (fail = reject));
    }, caller.signal);
    caller.abort(new Error('left'));
    await expect(probing).rejects.toThrow('left');
    expect(told?.aborted).toBe(false);
    expect(breaker.state).toBe('half_open');
    fail(new Error('broken'));
    await vi.waitFor(() => expect(breaker.state).toBe('open'));
  });
});
