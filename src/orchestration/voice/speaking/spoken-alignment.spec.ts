import { describe, expect, it } from 'vitest';
import { SpokenAlignment } from './spoken-alignment.js';

const sentence = (source: string, spoken = source.trim()) => ({ source, spoken });

/** Sentences with the milliseconds of their sound; null where it has not come to its end. */
function aligned(...pieces: [source: string, milliseconds: number, isWhole?: boolean, spoken?: string][]) {
  const alignment = new SpokenAlignment();
  for (const [source, milliseconds, isWhole = true, spoken] of pieces) {
    const sound = alignment.add(sentence(source, spoken));
    sound.grow(milliseconds);
    if (isWhole) sound.end();
  }
  return alignment;
}

describe('what was heard of an answer', () => {
  const two = aligned(['One two three four. ', 2000], ['Five six seven eight.', 2000]);

  it.each<[number, string]>([
    [0, ''],
    [100, ''],
    [500, 'One'],
    [1000, 'One two'],
    [1950, 'One two three four.'],
    [2000, 'One two three four.'],
    [3000, 'One two three four. Five six'],
    [3990, 'One two three four. Five six seven eight.'],
    [9000, 'One two three four. Five six seven eight.'],
  ])('after %i ms', (playedMs, text) => {
    expect(two.heardText(playedMs)).toBe(text);
  });

  it('is whole words of scripts without spaces, too', () => {
    expect(aligned(['今天天气很好。', 1400]).heardText(900)).toBe('今天天气');
  });

  it('is judged by the usual pace while the sound still comes', () => {
    expect(aligned(['One two three four.', 300, false]).heardText(300)).toBe('One');
  });

  it('is judged by the pace of this voice once that is known', () => {
    const slow = aligned(['One two three four. ', 4000], ['Five six seven eight.', 1000, false]);
    expect(slow.heardText(5000)).toBe('One two three four. Five');
  });

  it('holds what is not said aloud once it has come to it', () => {
    const code = aligned(['Try this:\n', 1000], ['```\nx\n```\n', 0, true, ''], ['Done now.', 1000]);
    expect(code.heardText(500)).toBe('Try');
    expect(code.heardText(1000)).toBe('Try this:\n```\nx\n```');
    expect(code.heardText(1500)).toBe('Try this:\n```\nx\n```\nDone');
  });

  it('is nothing where nothing is there', () => {
    expect(new SpokenAlignment().heardText(1000)).toBe('');
  });
});
