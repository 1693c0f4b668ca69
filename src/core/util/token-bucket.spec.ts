import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

describe('a token bucket', () => {
  it.each<[string, number, number[], boolean[]]>([
    ['lets as many through at once as a second has', 2, [0, 0, 0], [true, true, false]],
    ['fills up again with time', 2, [0, 0, 400, 500, 900], [true, true, false, true, false]],
    ['never holds more than a second’s worth', 2, [0, 60_000, 60_000, 60_000], [true, true, true, false]],
    ['gains nothing from a clock that goes back', 1, [1000, 500, 1000], [true, false, false]],
  ])('%s', (_, perSecond, times, wanted) => {
    const bucket = new TokenBucket(perSecond, times[0] ?? 0);
    expect(times.map((now) => bucket.take(now))).toEqual(wanted);
  });

  it('takes many at once, up to the most that it may hold', () => {
    const bucket = new TokenBucket(10, 0, 100);
    expect([bucket.take(0, 101), bucket.take(0, 100), bucket.take(0), bucket.take(1000, 10)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});
