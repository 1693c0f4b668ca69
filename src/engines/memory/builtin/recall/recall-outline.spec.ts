import { describe, expect, it } from 'vitest';
import { outlineOf } from './recall-outline.js';
import { termsOf } from './recall-terms.js';

const termsIn = (text: string) => termsOf(text).flatMap(({ term, isWeak }) => (isWeak ? [] : [term]));

describe('the terms of a text', () => {
  it.each<[string, string]>([
    ['walks on the beaches', 'walking by the beach'],
    ['I bought two children’s books', 'buying 2 books for a child'],
    ['Mum’s flat', 'my mother has flats'],
    ['the twenty-third', 'twenty 3'],
    ['WE’D SWUM', 'swim'],
    ['her fifth exam', 'examinations 5'],
  ])('%s: as %s', (one, other) => {
    expect(new Set(termsIn(one))).toEqual(new Set(termsIn(other)));
  });

  it('are characters and pairs where there are no spaces', () => {
    expect(termsIn('狗叫旺财')).toEqual(['狗', '狗叫', '叫', '叫旺', '旺', '旺财', '财']);
    expect(termsIn('ラーメン')).toContain('ラー');
  });

  it.each(['', '🙂', '...', 'what did you do to her?', '你呢？'])(
    'are none that could find something in %j',
    (text) => {
      expect(termsIn(text)).toEqual([]);
    },
  );

  it('are bounded', () => {
    expect(termsOf('word '.repeat(10_000)).length).toBeLessThanOrEqual(1600);
    expect(termsOf('x'.repeat(9000))[0]?.term.length).toBeLessThanOrEqual(64);
  });
});

const wordsIn = (text: string) => outlineOf(text).split(' ');

describe('the outline of a memory', () => {
  it.each<[string, string | undefined]>([
    ['Mary Ann: I moved to Porto', ':mary_ann'],
    ['小雨: 我搬家了', ':小雨'],
    ['(8 May 2023, 1:56 pm) Nora: I moved', ':nora'],
    ['I moved, as I said to Nora: to Porto', undefined],
    ['I moved at 10:30', undefined],
  ])('of %s knows who speaks', (text, speaker) => {
    expect(wordsIn(text).find((word) => word.startsWith(':'))).toBe(speaker);
  });

  it('is found by who speaks, too', () => {
    expect(wordsIn('Mary Ann: I moved to Porto')).toEqual(expect.arrayContaining(['mari', 'ann', 'move', 'porto']));
  });

  it('knows who is spoken to', () => {
    expect(wordsIn('Hi Nora! Theo is well')).toEqual(expect.arrayContaining(['@nora', 'theo']));
  });

  it.each<[string, boolean]>([
    ['Where is it?', true],
    ['我的狗呢？', true],
    ['I moved. Did you know?', false],
    ['I moved', false],
  ])('%s only asks: %s', (text, asks) => {
    expect(wordsIn(text).includes('?')).toBe(asks);
  });

  it.each<[string, string[]]>([
    ['We met yesterday', ['#when']],
    ['It cost forty euros', ['#number']],
    ['She lives near the station', ['#where']],
    ['I gave it to my sister', ['#where', '#who']],
    ['我昨天去了杭州', ['#when', '#where']],
    ['Nice', []],
  ])('%s could answer %j', (text, marks) => {
    expect(wordsIn(text)).toEqual(expect.arrayContaining(marks));
  });

  it('is one line of words, whatever the text says', () => {
    for (const text of ['a\tb\nc\r', '', '# @ : ? \' "', '\0', 'x: y', '？？']) {
      expect(outlineOf(text)).not.toMatch(/[\t\n\r]|^ | $| {2}/u);
    }
  });
});
