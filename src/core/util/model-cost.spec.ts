import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, isExactPrice } from './model-cost.js';

describe('costOf', () => {
  it.each<[string, { input: number; output: number } | undefined, number, number, string]>([
    ['no price', undefined, 5, 5, '0'],
    ['no tokens', { input: 1, output: 2 }, 0, 0, '0'],
    ['nothing to pay', { input: 0, output: 0 }, 7, 7, '0'],
    ['a token that costs next to nothing', { input: 0.15, output: 0.6 }, 1, 0, '0.00000015'],
    ['both directions', { input: 0.15, output: 0.6 }, 24, 5, '0.0000066'],
    ['whole dollars', { input: 10, output: 30 }, 1_000_000, 2_000_000, '70'],
    ['tens of dollars', { input: 10, output: 10 }, 1_000_000, 1_000_000, '20'],
    ['the dearest', { input: 100_000, output: 99_999.123456 }, 2_000_000, 1_000_000, '299999.123456'],
    ['a price that no float holds', { input: 0.1, output: 0.2 }, 1, 1, '0.0000003'],
  ])('is exact for %s', (_name, price, input, output, cost) => {
    expect(costOf(price, input, output)).toBe(cost);
  });

  it('is what the numbers say, whatever they are', () => {
    const micros = fc.integer({ min: 0, max: 100_000_000_000 });
    const tokens = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(micros, micros, tokens, tokens, (a, b, input, output) => {
        const [whole = '', decimals = ''] = costOf({ input: a / 1e6, output: b / 1e6 }, input, output).split('.');
        const exact = BigInt(a) * BigInt(input) + BigInt(b) * BigInt(output);
        expect(BigInt(whole + decimals.padEnd(12, '0'))).toBe(exact);
      }),
    );
  });
});

describe('isExactPrice', () => {
  it.each([0, 0.15, 0.000001, 99_999.123456, 100_000])('holds for %d', (amount) => {
    expect(isExactPrice(amount)).toBe(true);
  });
  it.each([0.0000001, 1.0000001, NaN])('does not hold for %d', (amount) => {
    expect(isExactPrice(amount)).toBe(false);
  });
});
