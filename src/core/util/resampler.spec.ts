import { describe, expect, it } from 'vitest';
import { Resampler } from './resampler.js';

const RATES = [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000];

const tone = (hertz: number, rate: number, length = rate) =>
  Int16Array.from({ length }, (_, index) => 16_000 * Math.sin((2 * Math.PI * hertz * index) / rate));

/** The amplitude of a tone in a sound, against the 16,000 that went in. */
function gain(samples: Int16Array, hertz: number, rate: number): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, index) => {
    real += sample * Math.cos((2 * Math.PI * hertz * index) / rate);
    imaginary += sample * Math.sin((2 * Math.PI * hertz * index) / rate);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length / 16_000;
}

const power = (samples: Int16Array) => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
/** Without the beginning and the end, where the filter looks into nothing. */
const middle = (samples: Int16Array) => samples.subarray(800, 800 + Math.floor((samples.length - 1_600) / 400) * 400);

describe.each(RATES)('from %i to 16,000 Hz', (rate) => {
  it('keeps a tone of a voice', () => {
    const heard = middle(new Resampler(rate, 16_000).push(tone(1_000, rate)));
    expect(gain(heard, 1_000, 16_000)).toBeCloseTo(1, 1);
    expect(power(heard) / (16_000 ** 2 / 2)).toBeCloseTo(1, 1);
  });

  it('keeps the length, but for what still waits', () => {
    const heard = new Resampler(rate, 16_000).push(tone(1_000, rate));
    expect(heard.length).toBeGreaterThan(15_900);
    expect(heard.length).toBeLessThanOrEqual(16_000);
  });

  it('makes the same of pieces as of the whole', () => {
    const whole = tone(700, rate, 5_000);
    const once = new Resampler(rate, 16_000).push(whole);
    const resampler = new Resampler(rate, 16_000);
    const pieces = [1, 2, 160, 441, 1_000, 3, 1_700, 1_693].reduce<{ at: number; out: number[] }>(
      ({ at, out }, length) => ({ at: at + length, out: [...out, ...resampler.push(whole.subarray(at, at + length))] }),
      { at: 0, out: [] },
    );
    expect(pieces.at).toBe(5_000);
    expect(pieces.out).toEqual([...once]);
  });
});

it.each([
  [24_000, 11_000],
  [48_000, 9_500],
  [48_000, 20_000],
])('from %i Hz lets nothing of %i Hz fold into the voice', (rate, hertz) => {
  const heard = middle(new Resampler(rate, 16_000).push(tone(hertz, rate)));
  expect(10 * Math.log10(power(heard) / (16_000 ** 2 / 2))).toBeLessThan(-50);
});

it('leaves alone what is of the right rate', () => {
  const samples = tone(440, 16_000);
  expect(new Resampler(16_000, 16_000).push(samples)).toBe(samples);
});
