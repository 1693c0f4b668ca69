import { describe, expect, it } from 'vitest';
import { readOutlines } from './memory-queries.js';

const NEWER =
  '019a2143-0000-7000-8000-000000000002\tsaid\t1764097494.123456\t019a2143-0000-7000-8000-00000000000a\tdog walk';
const OLDER = '019a2143-0000-7000-8000-000000000001\tkept\t1764097000\t\t\tA dog  barks';

describe('outlines as they come from the database', () => {
  it('are read in the order in which the memories were kept', () => {
    expect(readOutlines(`${NEWER}\n${OLDER}`).map(({ id }) => id.slice(-1))).toEqual(['1', '2']);
  });

  it('have their words, session and time', () => {
    expect(readOutlines(NEWER)[0]).toMatchObject({
      kind: 'said',
      sessionId: '019a2143-0000-7000-8000-00000000000a',
      createdAt: new Date(1_764_097_494_123),
      outline: 'dog walk',
      text: null,
    });
  });

  it('are the text where the row is older than outlines', () => {
    expect(readOutlines(OLDER)[0]).toMatchObject({ sessionId: null, outline: null, text: 'A dog  barks' });
  });

  it('may be empty, as those of texts without words of their own are', () => {
    expect(readOutlines(NEWER.replace('dog walk', ''))[0]).toMatchObject({ outline: '', text: null });
    expect(readOutlines(null)).toEqual([]);
  });
});
