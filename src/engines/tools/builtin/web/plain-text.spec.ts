import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.js';

describe('plainText', () => {
  it.each<[unknown, string]>([
    ['plain', 'plain'],
    ['a <strong>bold</strong> word<br/>', 'a bold word'],
    ['Fish &amp; chips &lt;3 &#39;n&#x27; &quot;more&quot;&nbsp;now', 'Fish & chips <3 \'n\' "more" now'],
    ['1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
    ['&nothing; &#0; &#xFFFFFF;', '&nothing; &#0; &#xFFFFFF;'],
    ['two\n\n lines\t and\0 more ', 'two lines and more'],
    ['hid\u200Bden \u202Eturned\u202C \u{E0041}tags', 'hidden turned tags'],
    ['👩‍👧 می‌خواهم', '👩‍👧 می‌خواهم'],
    ['\uD83D alone', '\uFFFD alone'],
    [7, ''],
    [null, ''],
    [undefined, ''],
    [['a'], ''],
  ])('%j becomes %j', (value, expected) => {
    expect(plainText(value, 100)).toBe(expected);
  });

  it('cuts with a mark, never inside a character', () => {
    expect(plainText('abcdefghij', 5)).toBe('abcd…');
    expect(plainText('abc😀defgh', 5)).toBe('abc\uFFFD…');
    expect(plainText('abcde', 5)).toBe('abcde');
  });

  it.each(['<a', '&', ' ', '<a ', '&#'])('does not hang on a million of %j', (text) => {
    expect(plainText(text.repeat(1e6), 5000).length).toBeLessThanOrEqual(5000);
  });
});
