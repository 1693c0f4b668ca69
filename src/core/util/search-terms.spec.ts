import { describe, expect, it } from 'vitest';
import { searchTerms } from './search-terms.js';

describe('search terms', () => {
  it.each<[string, string[], string[]]>([
    ['My dog, my DOG!', ['my', 'dog'], []],
    ["Café-au-lait isn't tea", ['café', 'au', 'lait', 'isn', 't', 'tea'], []],
    ['ＡＢＣ １２', ['abc', '12'], []],
    ['我的狗叫旺财', [], ['我的', '的狗', '狗', '狗叫', '叫', '叫旺', '旺', '旺财', '财']],
    ['狗', [], ['狗']],
    ['我', [], []],
    ['我用iPhone拍照', ['iphone'], ['我用', '用', '拍', '拍照', '照']],
    ['ラーメン', [], ['ラ', 'ラー', 'ー', 'ーメ', 'メ', 'メン', 'ン']],
    ['Собака по кличке Рекс', ['собака', 'по', 'кличке', 'рекс'], []],
    ['🙂 \0 !!!', [], []],
    ['', [], []],
  ])('%s', (text, words, grams) => {
    expect(searchTerms(text)).toEqual({ words, grams });
  });

  it('are bounded for any text', () => {
    const { words, grams } = searchTerms(`${'x'.repeat(500)} ${'狗'.repeat(100_000)} ${'word '.repeat(100_000)}`);
    expect(words).toEqual(['x'.repeat(64)]);
    expect(grams).toEqual(['狗', '狗狗']);
  });
});
