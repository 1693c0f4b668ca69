import { describe, expect, it } from 'vitest';
import { JitterBuffer } from './jitter-buffer.js';

const FRAME_TICKS = 960;

/** [sequence number, when it arrives]; what comes out by then, by number, `x` for lost, `(n)` the packet behind a hole. */
function run(arrivals: [seq: number, at: number][], until = 0, ticks = FRAME_TICKS) {
  const buffer = new JitterBuffer();
  const out: string[] = [];
  const drain = (now: number) => {
    for (let next = buffer.take(now); next; next = buffer.take(now)) {
      if (next.kind === 'packet') out.push(String(next.packet.seq));
      else out.push(next.next ? `x(${next.next.seq})` : 'x');
    }
  };
  for (const [seq, at] of arrivals) {
    buffer.push({ seq, timestamp: (seq * ticks) >>> 0, payload: Buffer.from([seq & 0xff]) }, at);
    drain(at);
  }
  if (until > 0) drain(until);
  return { out: out.join(' '), counts: buffer.counts };
}

describe('packets', () => {
  it.each<[string, [number, number][], number, string]>([
    [
      'in order go on at once',
      [
        [1, 0],
        [2, 20],
        [3, 40],
      ],
      0,
      '1 2 3',
    ],
    [
      'out of order are put in order',
      [
        [1, 0],
        [3, 20],
        [2, 25],
        [4, 60],
      ],
      0,
      '1 2 3 4',
    ],
    [
      'behind a hole wait for it',
      [
        [1, 0],
        [3, 20],
      ],
      50,
      '1',
    ],
    [
      'behind a hole wait no longer than 60 ms',
      [
        [1, 0],
        [3, 20],
      ],
      80,
      '1 x(3) 3',
    ],
    [
      'behind a hole of three name what is behind the last of it',
      [
        [1, 0],
        [5, 20],
        [6, 90],
      ],
      0,
      '1 x x x(5) 5 6',
    ],
    [
      'that come twice are heard once',
      [
        [1, 0],
        [1, 1],
        [2, 20],
        [2, 21],
        [3, 40],
      ],
      0,
      '1 2 3',
    ],
    [
      'that come too late are dropped',
      [
        [1, 0],
        [3, 20],
        [4, 85],
        [2, 90],
        [5, 100],
      ],
      0,
      '1 x(3) 3 4 5',
    ],
    [
      'go on over the end of the numbers',
      [
        [65_534, 0],
        [65_535, 20],
        [0, 40],
        [1, 60],
      ],
      0,
      '65534 65535 0 1',
    ],
    [
      'are put in order there too',
      [
        [65_535, 0],
        [1, 20],
        [0, 25],
      ],
      0,
      '65535 0 1',
    ],
    [
      'of another stream under the same name start anew',
      [
        [1, 0],
        [2, 20],
        [9_000, 40],
        [9_001, 60],
      ],
      0,
      '1 2 9000 9001',
    ],
  ])('%s', (_, arrivals, until, expected) => {
    expect(run(arrivals, until).out).toBe(expected);
  });

  it('behind a long hole are not waited for by making up more than 200 ms', () => {
    const { out, counts } = run(
      [
        [1, 0],
        [60, 20],
      ],
      100,
    );
    expect(out.split(' ').filter((item) => item.startsWith('x')).length).toBe(10);
    expect(out.endsWith('x(60) 60')).toBe(true);
    expect(counts.lost).toBe(58);
  });

  it('are not held without end, however fast they come', () => {
    const arrivals = Array.from({ length: 32 }, (_, index): [number, number] => [index + 3, 1]);
    expect(run([[1, 0], ...arrivals]).out.startsWith('1 x(3) 3 4')).toBe(true);
  });
});

it('counts what came, what did not, and what came too late', () => {
  const { counts } = run([
    [1, 0],
    [3, 20],
    [4, 85],
    [2, 90],
    [4, 91],
  ]);
  expect(counts).toMatchObject({ received: 5, lost: 1, late: 2 });
});

it('knows the length of what is lost from the packets before', () => {
  const buffer = new JitterBuffer();
  for (const seq of [1, 2, 4]) buffer.push({ seq, timestamp: seq * 480, payload: Buffer.from([1]) }, 0);
  const taken = [0, 0, 100].map((now) => buffer.take(now));
  expect(taken[2]).toMatchObject({ kind: 'lost', clockTicks: 480 });
});

it.each([
  ['nothing for a steady stream', [0, 20, 40, 60, 80], 0],
  ['the mean difference, slowly', [0, 36, 40, 76, 80], 16 * (1 - (15 / 16) ** 4)],
])('measures %s as jitter', (_, times, expected) => {
  const { counts } = run(times.map((at, index) => [index, at]));
  expect(counts.jitterMs).toBeCloseTo(expected, 5);
});
