import { describe, expect, it } from 'vitest';
import { nearWords } from './near-words.js';

const KNOWN = ['biscuit', 'basket', 'dog', 'firefighter', 'tea', 'teal'];

describe('words that are nearly written as one', () => {
  it.each<[string, string[]]>([
    ['bisciut', ['biscuit']],
    ['biscut', ['biscuit']],
    ['biskuit', ['biscuit']],
    ['firefigther', ['firefighter']],
    ['firefihtr', ['firefighter']],
    ['teas', ['tea', 'teal']],
    ['dgo', []],
    ['zanzibar', []],
  ])('%s: %j', (word, near) => {
    expect(nearWords(word, KNOWN)).toEqual(near);
  });
});
