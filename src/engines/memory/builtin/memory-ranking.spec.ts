import { describe, expect, it } from 'vitest';
import { type Candidate, rankMemories, recency } from './memory-ranking.js';
import { sameText, textHash } from './same-text.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 3600 * 1000);

const candidate = (text: string, fields: Partial<Candidate> = {}): Candidate => ({
  id: text,
  text,
  createdAt: NOW,
  lexical: null,
  embedding: null,
  ...fields,
});

const ranked = (candidates: Candidate[], query: number[] | null = null, topK = 10) =>
  rankMemories(candidates, query, topK, NOW).map(({ memory }) => memory.text);

describe('the recency of a memory', () => {
  it.each([
    [0, 1],
    [60, 0.875],
    [120, 0.8125],
    [36_500, 0.75],
    [-5, 1],
  ])('after %d days is %d', (days, expected) => {
    expect(recency(daysAgo(days), NOW)).toBeCloseTo(expected, 4);
  });
});

describe('ranked memories', () => {
  it('come by their words where there are no vectors', () => {
    expect(ranked([candidate('low', { lexical: 1 }), candidate('high', { lexical: 3 })])).toEqual(['high', 'low']);
  });

  it('leave out what hardly shares a word beside what shares many', () => {
    expect(ranked([candidate('noise', { lexical: 0.1 }), candidate('fit', { lexical: 3 })])).toEqual(['fit']);
  });

  it('come by both, what both find first', () => {
    const found = ranked(
      [
        candidate('words', { lexical: 3 }),
        candidate('both', { lexical: 2.5, embedding: Float32Array.of(0.8, 0.6) }),
        candidate('meaning', { embedding: Float32Array.of(1, 0) }),
        candidate('neither', { embedding: Float32Array.of(0, 1) }),
      ],
      [1, 0],
    );
    expect(found[0]).toBe('both');
    expect(found).toHaveLength(3);
    expect(found).not.toContain('neither');
  });

  it('come newer first where they fit alike', () => {
    const found = ranked([
      candidate('old tea', { lexical: 3.01, createdAt: daysAgo(400) }),
      candidate('new tea', { lexical: 3 }),
    ]);
    expect(found).toEqual(['new tea', 'old tea']);
  });

  it('still find what is old and fits, before what is new and hardly does', () => {
    const good = candidate('old but right', { lexical: 5, createdAt: daysAgo(3000) });
    const poor = Array.from({ length: 4 }, (_, at) => candidate(`poor ${at} ${'abcd'[at]}`, { lexical: 2 - at / 10 }));
    expect(ranked([...poor, good]).indexOf('old but right')).toBeLessThan(4);
  });

  it('say the same thing once', () => {
    const found = ranked([
      candidate('I live in Lisbon.', { lexical: 3 }),
      candidate('i live in  lisbon', { lexical: 2 }),
      candidate('I live in Porto', { lexical: 1 }),
    ]);
    expect(found).toEqual(['I live in Lisbon.', 'I live in Porto']);
  });

  it('are no more than were asked for, and have scores that fall', () => {
    const many = Array.from({ length: 9 }, (_, at) =>
      candidate(`memory ${String.fromCharCode(97 + at)}`, { lexical: 9 - at }),
    );
    const found = rankMemories(many, null, 3, NOW);
    expect(found).toHaveLength(3);
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
    expect(found[0]?.score).toBe(1);
  });
});

describe('texts that say the same', () => {
  it.each<[string, string, boolean]>([
    ['I live in Lisbon.', 'i live in  LISBON', true],
    ['我住在北京。', '我住在北京', true],
    ['I live in Lisbon', 'I live in Porto', false],
    ['我住在北京', '我住在上海', false],
    ['🙂', '🙁', false],
    ['a b c d e f g h i j k', 'a b c d e f g h i j', true],
  ])('%s / %s: %s', (one, other, same) => {
    expect(sameText(one, other)).toBe(same);
  });

  it('have one hash, and others another', () => {
    expect(textHash('I live in Lisbon!')).toEqual(textHash('i live  in lisbon'));
    expect(textHash('Lisbon')).not.toEqual(textHash('Porto'));
  });
});
