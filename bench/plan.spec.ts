import { describe, expect, it } from 'vitest';
import { addTo, AnswerCheck, piece, planOf, question } from './plan.js';

const PIECES = (() => {
  const pieces: string[] = [];
  let sum = 0;
  for (let at = 0; at < 3; at += 1) {
    const text = piece(at, 1000 + at, at * 10, sum, 40);
    sum = addTo(sum, text);
    pieces.push(text);
  }
  return pieces;
})();

const checked = (...texts: string[]) => {
  const check = new AnswerCheck();
  for (const text of texts) check.take(text, 2000);
  return { count: check.arrived.length, broken: check.broken };
};

describe('what a bench asks for and finds', () => {
  it('finds the plan in the question, and none in other words', () => {
    const plan = { chunks: 20, firstMs: 300, gapMs: 35, bytes: 0 };
    expect(planOf(question(plan, 7))).toEqual(plan);
    expect(planOf('Name this chat: plan 1 2 3 4 I walked')).toBeUndefined();
  });

  it('takes pieces that come as they were sent, alone or together', () => {
    expect(checked(...PIECES)).toEqual({ count: 3, broken: 0 });
    expect(checked(PIECES.join(''))).toEqual({ count: 3, broken: 0 });
  });

  const [first = '', second = '', third = ''] = PIECES;
  it.each([
    ['one is missing', [first, third]],
    ['two are swapped', [second, first, third]],
    ['one comes twice', [first, first, second]],
    ['one has lost bytes', [first, second.slice(0, -1), third]],
    ['something else is between', [first, 'Hello.', second]],
  ])('sees where %s', (_case, texts) => {
    expect(checked(...texts).broken).toBeGreaterThan(0);
  });

  it('tells when each piece was sent and came', () => {
    const check = new AnswerCheck();
    check.take(second, 2000.5);
    expect(check.arrived).toEqual([{ at: 1, sentAt: 1001, spentMs: 10, arrivedAt: 2000.5 }]);
  });
});
