import { describe, expect, it } from 'vitest';
import { distinct, type FoundByVector, type FoundByWords, rankMemories, recency } from './memory-ranking.js';
import { comparable, saySame, textHash } from './same-text.js';

const NOW = new Date('2026-06-01T00:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 3600 * 1000);

const worded = (id: string, score: number, createdAt = NOW): FoundByWords => ({ id, score, createdAt });
const pointing = (id: string, ...direction: number[]): FoundByVector => ({
  id,
  createdAt: NOW,
  embedding: Float32Array.from(direction),
});

const ranked = (words: FoundByWords[], vectors: FoundByVector[] = [], query: number[] | null = null) =>
  rankMemories(words, vectors, query, NOW).map(({ id }) => id);

describe('the recency of a memory', () => {
  it.each([
    [0, 1],
    [60, 0.95],
    [120, 0.925],
    [36_500, 0.9],
    [-5, 1],
  ])('after %d days is %d', (days, expected) => {
    expect(recency(daysAgo(days), NOW)).toBeCloseTo(expected, 4);
  });
});

describe('ranked memories', () => {
  it('come by their words where there are no vectors', () => {
    expect(ranked([worded('high', 3), worded('low', 1)])).toEqual(['high', 'low']);
  });

  it('leave out what hardly fits beside what fits', () => {
    expect(ranked([worded('fit', 3), worded('noise', 0.2)])).toEqual(['fit']);
  });

  it('come by both, what both find first', () => {
    const words = [worded('words', 3), worded('both', 2.5)];
    const vectors = [pointing('both', 0.8, 0.6), pointing('meaning', 1, 0), pointing('neither', 0, 1)];
    const found = ranked(words, vectors, [1, 0]);
    expect(found[0]).toBe('both');
    expect(found.toSorted()).toEqual(['both', 'meaning', 'words']);
  });

  it('come newer first where they fit alike', () => {
    expect(ranked([worded('old tea', 3.01, daysAgo(400)), worded('new tea', 3)])).toEqual(['new tea', 'old tea']);
  });

  it('still find what is old and fits before what is new and hardly does', () => {
    expect(ranked([worded('old', 5, daysAgo(3000)), worded('new', 4)])).toEqual(['old', 'new']);
  });

  it('have scores that fall from 1', () => {
    const scores = rankMemories([worded('a', 9), worded('b', 8), worded('c', 7)], [], null, NOW).map(
      ({ score }) => score,
    );
    expect(scores[0]).toBe(1);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });
});

describe('distinct memories', () => {
  const rows = ['I live in Lisbon.', 'i live in  lisbon', 'I live in Porto', 'I live in Graz'].map((text) => ({
    id: text,
    text,
  }));
  const inOrder = rows.map(({ id }, at) => ({ id, score: 1 - at / 10 }));

  it('say the same thing once', () => {
    expect(distinct(rows, inOrder, 9).map(({ row }) => row.text)).toEqual([
      'I live in Lisbon.',
      'I live in Porto',
      'I live in Graz',
    ]);
  });

  it('are no more than were asked for, and none that has gone meanwhile', () => {
    expect(distinct(rows, inOrder, 2)).toHaveLength(2);
    expect(distinct(rows.slice(2), inOrder, 9).map(({ row }) => row.text)).toEqual([
      'I live in Porto',
      'I live in Graz',
    ]);
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
    expect(saySame(comparable(one), comparable(other))).toBe(same);
  });

  it('have one hash, and others another', () => {
    expect(textHash('I live in Lisbon!')).toEqual(textHash('i live  in lisbon'));
    expect(textHash('Lisbon')).not.toEqual(textHash('Porto'));
  });
});
