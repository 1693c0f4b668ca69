import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY, retryDelayMs } from './reconnection.js';

describe('The wait before a connection is tried again', () => {
  it.each([
    [0, 0, 250],
    [0, 1, 500],
    [1, 1, 1000],
    [3, 0.5, 3000],
    [20, 1, 60_000],
    [5000, 0, 30_000],
  ])('after %i failures with luck %d is %i ms', (failures, random, delayMs) => {
    expect(retryDelayMs(DEFAULT_RETRY, failures, random)).toBe(delayMs);
  });
});
