import { describe, expect, it } from 'vitest';
import { demoEmbedding } from './demo-embedding.js';

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
const near = (a: string, b: string): number => dot(demoEmbedding(a), demoEmbedding(b));

describe('demoEmbedding', () => {
  it.each<[string, string | number[]]>([
    ['a sentence', 'The cat sat on the mat.'],
    ['Chinese', '我的狗叫旺财'],
    ['nothing', ''],
    ['punctuation', '?!…'],
    ['token ids', [1, 2, 3]],
  ])('has unit length for %s', (_name, input) => {
    expect(Math.hypot(...demoEmbedding(input))).toBeCloseTo(1, 10);
    expect(demoEmbedding(input)).toHaveLength(256);
  });

  it('never changes: stored vectors must stay comparable', () => {
    const [first, second, third] = demoEmbedding('biscuit', 4).map((value) => Number(value.toFixed(6)));
    expect([first, second, third]).toMatchInlineSnapshot(`
      [
        0.591198,
        0.68973,
        -0.295599,
      ]
    `);
  });

  it('honours dimensions', () => {
    expect(demoEmbedding('hello', 12)).toHaveLength(12);
  });

  it.each<[string, string, string]>([
    ['What is my dog called?', 'My dog is called Biscuit.', 'I live in Lisbon.'],
    ['Where do I live?', 'I live in Lisbon.', 'My dog is called Biscuit.'],
    ['walking the dogs', 'a dog walks', 'the stock market fell'],
    ['我的狗叫什么？', '我的狗叫旺财', '我住在北京'],
  ])('%j is nearer to %j than to %j', (question, close, far) => {
    expect(near(question, close)).toBeGreaterThan(near(question, far));
  });
});
