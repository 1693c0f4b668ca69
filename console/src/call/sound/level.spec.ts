import { describe, expect, it } from 'vitest';
import { levelOf } from './level.js';

describe(levelOf, () => {
  it.each([
    ['silence', 0, 0],
    ['the loudest', 1, 1],
    ['a tenth of it', 0.1, 2 / 3],
    ['the noise of a quiet room', 0.0005, 0],
  ])('of %s', (_name, sample, level) => {
    expect(levelOf(new Float32Array(256).fill(sample))).toBeCloseTo(level, 2);
  });

  it('of nothing is nothing', () => {
    expect(levelOf(new Float32Array(0))).toBe(0);
  });
});
