import { describe, expect, it } from 'vitest';
import { readOutlines } from './memory-queries.js';

const NEWER =
  '019a2143-0000-7000-8000-000000000002\tsaid\t1764097494.123456\t019a2143-0000-7000-8000-00000000000a\tdog walk\t';
const OLDER = '019a2143-0000-7000-8000-000000000001\tkept\t1764097000\t\t\tA dog  barks';
const MESSAGE = '019a2143-0000-7000-8000-00000000000b';

describe('outlines as they come from the database', () => {
  it('are read in the order in which the memories were kept', () => {
    expect(readOutlines(`${NEWER}\n${OLDER}`).outlines.map(({ id }) => id.slice(-1))).toEqual(['1', '2']);
  });

  it('have their words, session and time', () => {
    expect(readOutlines(NEWER).outlines[0]).toMatchObject({
      kind: 'said',
      sessionId: '019a2143-0000-7000-8000-00000000000a',
      createdAt: new Date(1_764_097_494_123),
      outline: 'dog walk',
      text: null,
    });
  });

  it('are the text where the row is older than outlines', () => {
    expect(readOutlines(OLDER).outlines[0]).toMatchObject({ sessionId: null, outline: null, text: 'A dog  barks' });
  });

  it('may be empty, as those of texts without words of their own are', () => {
    expect(readOutlines(NEWER.replace('dog walk', '')).outlines[0]).toMatchObject({ outline: '', text: null });
    expect(readOutlines(null)).toEqual({ outlines: [], rows: [] });
  });

  it('come with the whole text of what is new', () => {
    const text = 'A dog\twalks,\n"barks" and \\ rests.';
    const { outlines, rows } = readOutlines(`${NEWER}\t${MESSAGE}\t${JSON.stringify(text)}`);
    expect(outlines).toMatchObject([{ outline: 'dog walk', text: null }]);
    expect(rows).toMatchObject([{ id: outlines[0]?.id, kind: 'said', messageId: MESSAGE, text }]);
    expect(readOutlines(`${OLDER}\t\t"A dog\\n barks"`)).toMatchObject({
      outlines: [{ outline: null, text: 'A dog  barks' }],
      rows: [{ messageId: null, text: 'A dog\n barks' }],
    });
  });
});
