import { describe, expect, it } from 'vitest';
import { lettersOf, nearWords, slipsTowards } from './near-words.js';

const KNOWN = ['biscuit', 'basket', 'dog', 'firefighter', 'tea', 'teal'].map((term) => ({
  term,
  letters: lettersOf(term, 0, term.length),
}));

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
    expect(nearWords(word, KNOWN).map(({ term }) => term)).toEqual(near);
  });
});

describe('what a word may be meant for', () => {
  it.each(['lokoing', 'loking', 'loooking', 'lopking', 'mooking', 'ooking', 'lookng', 'lookinf', 'olooking'])(
    'a form of "look": %s',
    (word) => {
      expect(slipsTowards(word, 'look')).toContain('looking');
    },
  );

  it.each([
    ['hapyp', 'happi', 'happy'],
    ['hppily', 'happi', 'happily'],
    ['dgos', 'dog', 'dogs'],
    ['bougth', 'bought', 'bought'],
    ['skyi', 'ski', 'sky'],
  ])('%s, as a form of "%s": %s', (word, target, meant) => {
    expect(slipsTowards(word, target)).toContain(meant);
  });

  it.each([
    ['tea', 'teal'],
    ['рекс', 'рек'],
    ['旺财旺财', '旺财'],
    ['', 'dog'],
    ['garden', 'look'],
    ['lamp', 'look'],
    ['doghouses', 'dog'],
  ])('%s is not a form of %s', (word, target) => {
    expect(slipsTowards(word, target)).toEqual([]);
  });
});
