import { describe, expect, it } from 'vitest';
import { nearWords, oneSlipFrom } from './near-words.js';

const KNOWN = ['biscuit', 'basket', 'dog', 'firefighter', 'tea', 'teal'];

describe('words that are nearly written as one', () => {
  it.each<[string, string[]]>([
    ['bisciut', ['biscuit']],
    ['biscut', ['biscuit']],
    ['biskuit', ['biscuit']],
    ['firefigther', ['firefighter']],
    ['firefihtr', ['firefighter']],
    ['teas', ['tea', 'teal']],
    ['piscuit', ['biscuit']],
    ['biskut', ['biscuit', 'basket']],
    ['dgo', []],
    ['zanzibar', []],
  ])('%s: %j', (word, near) => {
    expect(nearWords(word, KNOWN)).toEqual(near);
  });
});

describe('what a word may be meant for', () => {
  it.each(['lokoing', 'loking', 'loooking', 'lopking', 'mooking'])('%s', (word) => {
    expect([...oneSlipFrom(word)]).toContain('looking');
  });

  it.each(['tea', 'рекс', '旺财旺财', ''])('is nothing for %j', (word) => {
    expect([...oneSlipFrom(word)]).toEqual([]);
  });
});
