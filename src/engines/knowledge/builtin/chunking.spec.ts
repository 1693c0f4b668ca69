import { describe, expect, it } from 'vitest';
import { type Chunk, chunksOf, roughTokens } from './chunking.js';

const text = (words: string, page: number | null = null) => ({ level: 0, text: words, page });
const heading = (words: string, level = 1) => ({ level, text: words, page: null });
const chunks = (...blocks: ReturnType<typeof text>[]): Chunk[] => [...chunksOf(blocks)];

const english = Array.from({ length: 120 }, (_, at) => `Sentence ${at} is about the colour of the sea in winter.`).join(
  ' ',
);
const chinese = Array.from({ length: 90 }, (_, at) => `第${at}条规定了商品退换货的时间和条件。`).join('');

describe('the tokens of a text', () => {
  it.each<[string, number]>([
    ['', 0],
    ['four', 1],
    ['four letters a token', 5],
    ['你好世界', 4],
    ['你好 world', 4],
  ])('are told roughly: %s', (words, tokens) => {
    expect(roughTokens(words)).toBe(tokens);
  });
});

describe('the pieces of a document', () => {
  it('are its sections, each with the headings above it', () => {
    const found = chunks(
      heading('Manual'),
      text('Intro.'),
      heading('Returns', 2),
      text('In 30 days.'),
      heading('Other'),
      text('More.'),
    );
    expect(found).toEqual([
      { headings: ['Manual'], page: null, text: 'Intro.' },
      { headings: ['Manual', 'Returns'], page: null, text: 'In 30 days.' },
      { headings: ['Other'], page: null, text: 'More.' },
    ]);
  });

  it('put short paragraphs of a section together, and tell the page of the first', () => {
    expect(chunks(text('One.', 3), text('Two.', 4))).toEqual([{ headings: [], page: 3, text: 'One.\n\nTwo.' }]);
  });

  it.each([
    ['English', english],
    ['Chinese', chinese],
  ])('are of a useful size, and end with sentences: %s', (_name, words) => {
    const found = chunks(text(words));
    expect(found.length).toBeGreaterThan(3);
    for (const piece of found) {
      expect(roughTokens(piece.text)).toBeLessThanOrEqual(350);
      expect(piece.text).toMatch(/[.。]$/);
    }
    for (const piece of found.slice(0, -1)) expect(roughTokens(piece.text)).toBeGreaterThan(200);
  });

  it('say the last sentence of the one before again', () => {
    const [first, second] = chunks(text(english));
    const last = first?.text.match(/Sentence \d+ [^.]*\.$/)?.[0] ?? 'none';
    expect(second?.text.startsWith(last)).toBe(true);
  });

  it('lose nothing', () => {
    const all = chunks(text(english)).map((piece) => piece.text);
    for (let at = 0; at < 120; at++) expect(all.some((piece) => piece.includes(`Sentence ${at} is`))).toBe(true);
  });

  it.each<[string, string]>([
    ['one endless word', 'x'.repeat(10_000)],
    ['Chinese without a stop', '字'.repeat(3000)],
    ['pictures', '😀'.repeat(3000)],
    ['dots', '. '.repeat(3000) + 'a'],
    ['dots and quotes', `a${'."'.repeat(5000)}`],
  ])('are bounded for %s', (_name, words) => {
    for (const piece of chunks(text(words))) {
      expect(roughTokens(piece.text)).toBeLessThanOrEqual(350);
      expect(piece.text.isWellFormed()).toBe(true);
    }
  });

  it('do not part a number', () => {
    expect(chunks(text('It costs 3.50 euros at example.com today.'))[0]?.text).toContain('3.50 euros at example.com');
  });

  it('are the headings where there is nothing else', () => {
    expect(chunks(heading('One'), heading('Two', 2))).toEqual([{ headings: [], page: null, text: 'One\n\nTwo' }]);
  });
});
