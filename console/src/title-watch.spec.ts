import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchTitle } from './title-watch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How many looks it took by each of these moments, with a title there from the given look on. */
async function looksBy(titledAt: number, moments: number[]): Promise<number[]> {
  let looks = 0;
  watchTitle(() => {
    looks += 1;
    return Promise.resolve(looks >= titledAt);
  });
  const counts: number[] = [];
  let now = 0;
  for (const moment of moments) {
    await vi.advanceTimersByTimeAsync(moment - now);
    now = moment;
    counts.push(looks);
  }
  return counts;
}

describe(watchTitle, () => {
  it.each([
    ['only once when the title is there already', 1, [1, 1, 1, 1, 1]],
    ['until it comes', 3, [1, 2, 3, 3, 3]],
    ['four times at most', 9, [1, 2, 3, 4, 4]],
  ])('looks %s', async (_name, titledAt, counts) => {
    await expect(looksBy(titledAt, [0, 2000, 5000, 10_000, 60_000])).resolves.toEqual(counts);
  });

  it('looks no more once stopped', async () => {
    const look = vi.fn<() => Promise<boolean>>(() => Promise.resolve(false));
    const stop = watchTitle(look);
    await vi.advanceTimersByTimeAsync(2000);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(look).toHaveBeenCalledTimes(2);
  });
});
