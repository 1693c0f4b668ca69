import { describe, expect, it } from 'vitest';
import { followed, type RelayEnd } from './relay-watch.js';

/** An answer of three pieces that begins with one of them, where it is one in pieces. */
async function endOf(first: number): Promise<{ end: RelayEnd | undefined; seenAt: number[] }> {
  let pieces = 0;
  const answer = {
    contentType: 'text/event-stream',
    bytes: (async function* bytes() {
      while (pieces < 3) {
        pieces += 1;
        yield new Uint8Array();
      }
    })(),
    standing: () => ({ error: undefined, isWhole: pieces === 3, hasBegun: pieces >= first }),
  };
  let end: RelayEnd | undefined;
  const seenAt: number[] = [];
  for await (const _ of followed(answer, (how) => (end = how), new AbortController().signal)) {
    seenAt.push(performance.now());
  }
  return { end, seenAt };
}

describe('an answer that is passed on', () => {
  it('began when the piece came that it began with', async () => {
    const { end, seenAt } = await endOf(2);
    expect(end).toMatchObject({ error: undefined, isWhole: true });
    expect(end?.begunAt).toBeGreaterThanOrEqual(seenAt[0] ?? Infinity);
    expect(end?.begunAt).toBeLessThanOrEqual(seenAt[1] ?? 0);
  });

  it('has no such time where it never began', async () => {
    expect((await endOf(Infinity)).end).toEqual({ error: undefined, isWhole: true, begunAt: undefined });
  });
});
