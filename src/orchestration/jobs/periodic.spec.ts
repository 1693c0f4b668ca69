import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Periodic } from './periodic.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** Node 20 has no Promise.withResolvers. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

let periodic: Periodic | undefined;
afterEach(() => periodic?.stop());

function running(task: () => Promise<void>, onError: (error: unknown) => void = () => undefined): Periodic {
  periodic = new Periodic(task, 1000, onError);
  periodic.start();
  return periodic;
}

describe('a periodic task', () => {
  it('runs after each interval, not at once', async () => {
    const task = vi.fn<() => Promise<void>>(async () => undefined);
    running(task);
    await vi.advanceTimersByTimeAsync(999);
    expect(task).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(task).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3000);
    expect(task).toHaveBeenCalledTimes(4);
  });

  it('never runs twice at once: the interval begins when a run has ended', async () => {
    const { promise, resolve } = deferred();
    const task = vi.fn<() => Promise<void>>(() => promise);
    running(task);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(task).toHaveBeenCalledTimes(1);
    resolve();
    await vi.advanceTimersByTimeAsync(999);
    expect(task).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(task).toHaveBeenCalledTimes(2);
  });

  it('goes on after a failure, which is told', async () => {
    const failure = new Error('no');
    const told: unknown[] = [];
    const task = vi.fn<() => Promise<void>>(() => Promise.reject(failure));
    running(task, (error) => told.push(error));
    await vi.advanceTimersByTimeAsync(2000);
    expect(told).toEqual([failure, failure]);
  });

  it('stops: no further run, and the one under way is waited for', async () => {
    const { promise, resolve } = deferred();
    const task = vi.fn<() => Promise<void>>(() => promise);
    const one = running(task);
    await vi.advanceTimersByTimeAsync(1000);
    const stopped = vi.fn<() => void>();
    const stopping = one.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(5000);
    expect(stopped).toHaveBeenCalledTimes(0);
    resolve();
    await stopping;
    await vi.advanceTimersByTimeAsync(5000);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('that is stopped before its first run never runs', async () => {
    const task = vi.fn<() => Promise<void>>(async () => undefined);
    await running(task).stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(task).toHaveBeenCalledTimes(0);
  });
});
