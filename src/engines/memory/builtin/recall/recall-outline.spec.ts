import { describe, expect, it } from 'vitest';
import { outlineOf, readOutline } from './recall-outline.js';
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

describe('the outline of a memory', () => {
  it('knows who speaks, and finds by the name still', () => {
    const outline = readOutline(outlineOf('Mary Ann: I moved to Porto'));
    expect(outline.speaker).toBe('mary_ann');
    expect(outline.terms).toContain('porto');
    expect(outline.terms).toContain('ann');
    expect(readOutline(outlineOf('[8 May 2023] 小雨：我搬家了')).speaker).toBe(null);
    expect(readOutline(outlineOf('小雨: 我搬家了')).speaker).toBe('小雨');
    expect(readOutline(outlineOf('(8 May 2023, 1:56 pm) Nora: I moved')).speaker).toBe('nora');
    expect(readOutline(outlineOf('I said: no')).speaker).toBe('i_said');
  });

  it('knows who is spoken to', () => {
    expect(readOutline(outlineOf('Hi Nora! How is Theo?')).terms).toEqual(['@nora', 'theo']);
  });

  it.each<[string, boolean]>([
    ['Where is it?', true],
    ['我的狗呢？', true],
    ['I moved. Did you know?', false],
    ['I moved', false],
  ])('%s only asks: %s', (text, asks) => {
    expect(readOutline(outlineOf(text)).onlyAsks).toBe(asks);
  });

  it.each<[string, string[]]>([
    ['We met yesterday', ['#when']],
    ['It cost forty euros', ['#number']],
    ['She lives near the station', ['#where']],
    ['I gave it to my sister', ['#where', '#who']],
    ['我昨天去了杭州', ['#when', '#where']],
    ['Nice', []],
  ])('%s could answer %j', (text, marks) => {
    expect(readOutline(outlineOf(text)).marks).toEqual(expect.arrayContaining(marks));
  });

  it('is one line of words, whatever the text says', () => {
    for (const text of ['a\tb\nc\r', '', '# @ : ? \' "', '\0', 'x: y', '？？']) {
      expect(outlineOf(text)).not.toMatch(/[\t\n\r]|^ | $| {2}/u);
    }
  });
});
