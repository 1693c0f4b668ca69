import { describe, expect, it } from 'vitest';
import { tidyTitle } from './title.js';

const graphemes = (text: string) => [...new Intl.Segmenter().segment(text)].length;

describe('tidyTitle', () => {
  it.each([
    ['Weekend plans', 'Weekend plans'],
    ['  Weekend \n\t plans  ', 'Weekend plans'],
    ['"Weekend plans"', 'Weekend plans'],
    ['“Weekend plans.”', 'Weekend plans'],
    ['# **Weekend plans**', 'Weekend plans'],
    ['「週末の予定」。', '週末の予定'],
    ['Is it late?', 'Is it late?'],
    ['Ana’s "big" day', 'Ana’s "big" day'],
    ['', ''],
    ['"" .', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(tidyTitle(text)).toBe(expected);
  });

  it('takes 50 characters as they are', () => {
    expect(tidyTitle('x'.repeat(50))).toBe('x'.repeat(50));
  });

  it('cuts longer ones at a word, with a sign of it', () => {
    expect(tidyTitle('word '.repeat(20))).toBe(`${'word '.repeat(9).trim()}…`);
  });

  it('cuts within a word where there is no other place', () => {
    expect(tidyTitle('x'.repeat(80))).toBe(`${'x'.repeat(49)}…`);
    expect(tidyTitle(`a ${'x'.repeat(80)}`)).toHaveLength(50);
  });

  it('never cuts through a character, and is never longer than 50', () => {
    const family = '👩‍👩‍👧‍👦';
    const title = tidyTitle(family.repeat(60));
    expect(graphemes(title)).toBe(50);
    expect(title).toBe(`${family.repeat(49)}…`);
  });
});
