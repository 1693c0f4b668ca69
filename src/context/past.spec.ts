import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../core/domain/chat.js';
import { hasOlder, NO_PAST, type Past, uncoveredCount, unsummarized } from './past.js';

const said = (seq: number, count = 1) => ({
  seq,
  messages: Array.from({ length: count }, (_, at): ChatMessage => ({ role: 'user', content: `${seq}/${at}` })),
});
const past = (from: number, to: number, coversTo = 0, unseen = 0): Past => ({
  entries: Array.from({ length: to - from + 1 }, (_, at) => said(from + at)),
  summary: coversTo === 0 ? null : { text: 'S', coversTo, model: null },
  unseen,
});
const newest = ({ entries }: Past, count: number) => entries.slice(entries.length - count).flatMap((e) => e.messages);

describe('what neither the window nor the summary holds', () => {
  it.each([
    ['nothing, where all is given', past(1, 5), 5, 0],
    ['what was dropped and is in no summary', past(1, 5), 2, 3],
    ['nothing, where the summary reaches what is given', past(1, 5, 3), 2, 0],
    ['what lies between the two', past(1, 5, 1), 2, 2],
    ['what was never loaded, too', past(11, 15, 4, 6), 2, 9],
    ['everything, where nothing is given', past(1, 5), 0, 5],
  ])('is %s', (_what, given, count, expected) => {
    expect(uncoveredCount(given, newest(given, count))).toBe(expected);
  });

  it('is no entry that has nothing to show', () => {
    const silent = { ...past(2, 3), entries: [{ seq: 1, messages: [] }, said(2, 2), said(3)] };
    expect(uncoveredCount(silent, silent.entries.flatMap((entry) => entry.messages).slice(1))).toBe(0);
  });
});

it('a session is cut where its window does not begin with its first place', () => {
  expect([hasOlder(NO_PAST), hasOlder(past(1, 2)), hasOlder(past(2, 3))]).toEqual([false, false, true]);
});

it('only entries behind the summary are not summarised yet', () => {
  expect(unsummarized(past(1, 5, 3)).map(({ seq }) => seq)).toEqual([4, 5]);
});
