import { describe, expect, it } from 'vitest';
import { decodeG711, encodeG711 } from './g711.js';

const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe('G.711', () => {
  // From the tables of ITU-T G.711 and G.191.
  it.each([
    ['u', 0xff, 0],
    ['u', 0x7f, 0],
    ['u', 0x80, 32_124],
    ['u', 0x00, -32_124],
    ['u', 0xef, 132],
    ['a', 0xd5, 8],
    ['a', 0x55, -8],
    ['a', 0xaa, 32_256],
    ['a', 0x2a, -32_256],
    ['a', 0x85, 4_224],
  ] as const)('%s-law %i stands for %i', (law, byte, sample) => {
    expect([...decodeG711(Uint8Array.of(byte), law)]).toEqual([sample]);
  });

  it.each(['u', 'a'] as const)('%s-law gives each of its own values back', (law) => {
    const samples = decodeG711(every, law);
    expect([...decodeG711(encodeG711(samples, law), law)]).toEqual([...samples]);
  });

  it.each(['u', 'a'] as const)('%s-law takes every sample to its nearest value, or the one next to it', (law) => {
    const values = [...new Set(decodeG711(every, law))].toSorted((a, b) => a - b);
    for (let sample = -32_768; sample <= 32_767; sample += 7) {
      const [got = 0] = decodeG711(encodeG711(Int16Array.of(sample), law), law);
      const nearest = values.reduce((best, value) =>
        Math.abs(value - sample) < Math.abs(best - sample) ? value : best,
      );
      expect(Math.abs(values.indexOf(got) - values.indexOf(nearest))).toBeLessThanOrEqual(1);
    }
  });
});
