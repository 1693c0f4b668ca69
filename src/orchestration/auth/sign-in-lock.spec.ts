import { expect, it } from 'vitest';
import { lockSeconds } from './sign-in-lock.js';

it.each([
  [0, 0],
  [5, 0],
  [6, 30],
  [7, 60],
  [10, 480],
  [11, 900],
  [1000, 900],
])('after %i failures a name is locked for %i s', (failures, seconds) => {
  expect(lockSeconds(failures)).toBe(seconds);
});
