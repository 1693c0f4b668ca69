import { describe, expect, it } from 'vitest';
import { retryDelaySeconds } from './retry-delay.js';

describe('retryDelaySeconds', () => {
  it.each([
    [0, 60],
    [1, 120],
    [5, 1920],
    [9, 21_600],
    [5000, 21_600],
  ])('after %i failures is about %i seconds', (attempts, seconds) => {
    expect(retryDelaySeconds(attempts, () => 0.5)).toBe(seconds);
    expect(retryDelaySeconds(attempts, () => 0)).toBe(seconds * 0.8);
    expect(retryDelaySeconds(attempts, () => 1)).toBeCloseTo(seconds * 1.2, 6);
  });
});
