import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FrameClock } from './frame-clock.js';

let now = 1000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The timer comes once, so much later than the last time. */
function comesAfter(milliseconds: number): void {
  now += milliseconds;
  vi.advanceTimersByTime(5);
}

function listeners(clock: FrameClock, count: number) {
  const told = Array.from({ length: count }, () => 0);
  const stops = told.map((_, at) => clock.every20ms(() => (told[at] = (told[at] ?? 0) + 1)));
  return { told, stop: () => stops.forEach((stop) => stop()) };
}

it('tells everybody every 20 ms, not all at once', () => {
  const { told, stop } = listeners(new FrameClock(), 8);
  comesAfter(5);
  expect(told.filter((times) => times === 1).length).toBe(2);
  for (let times = 0; times < 39; times += 1) comesAfter(5);
  expect(told).toEqual(Array.from({ length: 8 }, () => 10));
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('a busy process does not keep calls waiting for four turns of its timer', () => {
  const { told, stop } = listeners(new FrameClock(), 8);
  for (let times = 0; times < 5; times += 1) comesAfter(20);
  expect(told).toEqual(Array.from({ length: 8 }, () => 5));
  stop();
});

it('what was missed while the process stood still is not made up for', () => {
  const { told, stop } = listeners(new FrameClock(), 4);
  comesAfter(1000);
  expect(told).toEqual([1, 1, 1, 1]);
  stop();
});
