import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.js';

interface Statement {
  questions: readonly number[];
  answer: (answers: readonly string[]) => void;
  fail: (error: Error) => void;
}

function stage(limits = { together: 3, atOnce: 1 }) {
  const statements: Statement[] = [];
  const batcher = new Batcher<number, string>(
    (questions) => new Promise((answer, fail) => statements.push({ questions, answer, fail })),
    limits,
  );
  return { batcher, statements, asked: () => statements.map(({ questions }) => questions) };
}

const settled = (promises: Promise<string>[]) => Promise.allSettled(promises);

describe('what many ask at the same time', () => {
  it('goes at once where nothing is under way, and then together, as many as may be', async () => {
    const { batcher, statements, asked } = stage();
    const answers = [1, 2, 3, 4, 5].map((question) => batcher.ask(question));
    expect(asked()).toEqual([[1]]);
    statements[0]?.answer(['one']);
    await answers[0];
    expect(asked()).toEqual([[1], [2, 3, 4]]);
    statements[1]?.answer(['two', 'three', 'four']);
    await answers[3];
    statements[2]?.answer(['five']);
    expect(await Promise.all(answers)).toEqual(['one', 'two', 'three', 'four', 'five']);
    expect(asked()).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('goes in several statements where so many are allowed', () => {
    const { batcher, asked } = stage({ together: 9, atOnce: 2 });
    for (const question of [1, 2, 3]) void batcher.ask(question);
    expect(asked()).toEqual([[1], [2]]);
  });

  it('fails together, and the next ones go on', async () => {
    const { batcher, statements } = stage();
    const first = batcher.ask(1);
    const failing = [batcher.ask(2), batcher.ask(3)];
    statements[0]?.answer(['one']);
    await first;
    const next = batcher.ask(4);
    statements[1]?.fail(new Error('cut'));
    expect(await settled(failing)).toMatchObject(
      [1, 2].map(() => ({ status: 'rejected', reason: { message: 'cut' } })),
    );
    statements[2]?.answer(['four']);
    expect(await next).toBe('four');
  });
});
