import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SessionLock, SessionLockError } from './session-lock.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function causeOf(acquiring: Promise<void>): Promise<unknown> {
  return acquiring.then(
    () => 'acquired',
    (error: unknown) => (error instanceof SessionLockError ? error.cause : error),
  );
}

it('lets the owner in again and the others wait in order of arrival', async () => {
  const lock = new SessionLock();
  const order: number[] = [];
  await lock.acquire(1, 100);
  await lock.acquire(1, 100);
  const waiting = [2, 3, 4].map((id) => lock.acquire(id, 100).then(() => order.push(id)));
  for (const id of [1, 2, 3, 4]) {
    lock.release(id);
    await vi.advanceTimersByTimeAsync(0);
  }
  await Promise.all(waiting);
  expect(order).toEqual([2, 3, 4]);
  expect([1, 2, 3, 4].some((id) => lock.isOwner(id))).toBe(false);
});

it('gives up after the timeout and passes the turn over the one that left', async () => {
  const lock = new SessionLock();
  await lock.acquire(1, 100);
  const impatient = causeOf(lock.acquire(2, 100));
  await vi.advanceTimersByTimeAsync(100);
  expect(await impatient).toBe('timeout');
  const leaver = causeOf(lock.acquire(3, Infinity));
  const patient = lock.acquire(4, Infinity);
  lock.leave(3);
  expect(await leaver).toBe('left');
  lock.release(1);
  await patient;
  expect(lock.isOwner(4)).toBe(true);
});

it('ignores a release by one who does not own it', async () => {
  const lock = new SessionLock();
  await lock.acquire(1, 100);
  lock.release(2);
  expect(lock.isOwner(1)).toBe(true);
});

it('sends everyone away when it closes', async () => {
  const lock = new SessionLock();
  await lock.acquire(1, 100);
  const waiting = causeOf(lock.acquire(2, 100));
  lock.close();
  expect(await waiting).toBe('left');
  expect(await causeOf(lock.acquire(3, 100))).toBe('left');
});
