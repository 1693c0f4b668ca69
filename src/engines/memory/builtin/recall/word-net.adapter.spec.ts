import { beforeAll, describe, expect, it } from 'vitest';
import { Logger } from '../../../../core/logging/logger.js';
import { WordNetAdapter } from './word-net.adapter.js';

const wordNet = new WordNetAdapter(new Logger('silent'));

describe('WordNet', () => {
  it('knows nothing before it is read', () => {
    expect(new WordNetAdapter(new Logger('silent')).relatedTo('dog', 'dog')).toEqual([]);
  });

  describe('when it is read', () => {
    beforeAll(() => wordNet.load());

    it.each<[string, string, string]>([
      ['dog', 'dog', 'canine'],
      ['puppies', 'puppies', 'dog'],
      ['children', 'child', 'youngster'],
      ['married', 'married', 'marriage'],
      ['career', 'career', 'vocation'],
      ['happier', 'happier', 'happiness'],
    ])('relates %s (%s) to %s', (word, base, other) => {
      expect(wordNet.relatedTo(word, base)).toContain(other);
    });

    it.each(['zzzz', '', ' ', 'a b', '~'])('knows nothing of %j', (word) => {
      expect(wordNet.relatedTo(word, word)).toEqual([]);
    });

    it('gives a bounded number of single words, and never the word itself', () => {
      const words = wordNet.relatedTo('animal', 'animal');
      expect(words.length).toBeLessThanOrEqual(40);
      expect(words).not.toContain('animal');
      expect(words.filter((word) => !/^[a-z]+$/u.test(word))).toEqual([]);
    });
  });
});
