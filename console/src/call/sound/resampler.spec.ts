import { describe, expect, it } from 'vitest';
import { Resampler, toPcm16 } from './resampler.js';

const tone = (hertz: number, rate: number, seconds = 0.5): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / rate));

const loudness = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

/** In pieces as an AudioWorklet delivers them. */
function resampled(samples: Float32Array, from: number, to: number, piece = 128): Float32Array {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  for (let at = 0; at < samples.length; at += piece) out.push(...resampler.push(samples.subarray(at, at + piece)));
  return Float32Array.from(out);
}

describe(Resampler, () => {
  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 16_000],
    [8000, 16_000],
  ])('keeps a tone and its length from %i to %i Hz', (from, to) => {
    const out = resampled(tone(440, from), from, to);
    expect(Math.abs(out.length - to / 2)).toBeLessThan(30);
    expect(loudness(out)).toBeCloseTo(loudness(tone(440, to)), 1);
    const wanted = tone(440, to);
    const middle = out.subarray(1000, 3000).map((sample, at) => sample - (wanted[at + 1000] ?? 0));
    expect(loudness(middle)).toBeLessThan(0.02);
  });

  it('filters out what the lower rate would turn into another tone', () => {
    expect(loudness(resampled(tone(12_000, 48_000), 48_000, 16_000))).toBeLessThan(0.01);
  });

  it('gives the same whatever the pieces', () => {
    const sound = tone(700, 44_100);
    const one = resampled(sound, 44_100, 16_000, 128);
    const other = resampled(sound, 44_100, 16_000, 1000);
    const length = Math.min(one.length, other.length);
    const differences = one.subarray(0, length).map((sample, at) => sample - (other[at] ?? 0));
    expect(loudness(differences)).toBeLessThan(0.0001);
  });
});

describe(toPcm16, () => {
  it.each([
    [0, 0],
    [1, 32_767],
    [-1, -32_767],
    [3, 32_767],
    [-3, -32_767],
  ])('%f is %i', (sample, wanted) => {
    expect([...toPcm16(Float32Array.of(sample))]).toEqual([wanted]);
  });
});
