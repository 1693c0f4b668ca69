import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { timeSlices } from './time-slices.js';

let now = 0;
let turns = 0;

beforeEach(() => {
  now = turns = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

describe('long work in slices', () => {
  it.each([
    { part: 1, parts: 10, slices: 3 },
    { part: 0.1, parts: 10, slices: 0 },
    { part: 5, parts: 10, slices: 10 },
  ])('of $parts parts of $part ms gives way $slices times', async ({ part, parts, slices }) => {
    const pause = timeSlices();
    for (let at = 0; at < parts; at++) {
      now += part;
      let wasOthersTurn = false;
      const other = setImmediate(() => (wasOthersTurn = true));
      await pause();
      clearImmediate(other);
      if (wasOthersTurn) turns += 1;
    }
    expect(turns).toBe(slices);
  });
});
