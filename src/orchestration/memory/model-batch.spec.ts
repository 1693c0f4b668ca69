import { describe, expect, it } from 'vitest';
import { modelBatch } from './model-batch.js';

/** A turn of so many words, said so long ago to this personality. */
type Told = [words: number, ageMs: number, personalityId?: string];

const LIMITS = { tokens: 100, idleMs: 1000 };

function choose(told: Told[]) {
  const waiting = told.map(([, ageMs], at) => ({ turnId: String(at), ageMs }));
  const said = told.map(([words, , personalityId = 'cozy'], at) => ({
    turnId: String(at),
    sessionId: 's',
    personalityId,
    provider: null,
    messages: [{ id: 'm', role: 'user' as const, content: 'word '.repeat(words), createdAt: '2026-01-01' }],
  }));
  const chosen = modelBatch(waiting, new Map(said.map((turn) => [turn.turnId, turn])), LIMITS);
  return 'waitMs' in chosen ? chosen.waitMs : chosen.length;
}

const waits = (milliseconds: number) => milliseconds;
const takes = (turns: number) => turns;

describe('what a model is asked about at once', () => {
  it.each<[string, Told[], number]>([
    [
      'waits for more while the user may go on',
      [
        [10, 900],
        [10, 300],
      ],
      waits(700),
    ],
    [
      'is all of it when the user has gone quiet',
      [
        [10, 1900],
        [10, 1100],
      ],
      takes(2),
    ],
    [
      'is no more than fits one question',
      [
        [60, 300],
        [60, 200],
        [60, 100],
      ],
      takes(2),
    ],
    [
      'is one long turn',
      [
        [500, 100],
        [10, 50],
      ],
      takes(1),
    ],
    [
      'does not wait for ever on somebody who never stops',
      [
        [10, 4000],
        [10, 100],
      ],
      takes(2),
    ],
    [
      'is of one personality',
      [
        [10, 50, 'cozy'],
        [10, 40, 'concise'],
        [10, 30, 'cozy'],
      ],
      takes(1),
    ],
  ])('%s', (_, told, expected) => {
    expect(choose(told)).toBe(expected);
  });

  it('is also what is gone, so that its row is closed', () => {
    const waiting = [{ turnId: 'gone', ageMs: 2000 }];
    expect(modelBatch(waiting, new Map(), LIMITS)).toEqual(waiting);
  });
});
