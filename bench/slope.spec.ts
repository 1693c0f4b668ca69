import { expect, it } from 'vitest';
import { slopePerMinute } from './slope.js';

it.each<[string, [number, number][], number]>([
  ['of a line', [[0, 10], [1, 12], [2, 14]], 2], // prettier-ignore
  ['of what is flat', [[0, 5], [3, 5]], 0], // prettier-ignore
  ['through what lies about', [[0, 0], [1, 3], [2, 0], [3, 3]], 0.6], // prettier-ignore
])('tells the slope %s', (_case, points, expected) => {
  expect(slopePerMinute(points)).toBeCloseTo(expected);
});
