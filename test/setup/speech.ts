import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FRAME_MS, HEARD_RATE, type PcmFrame } from '../../src/core/domain/audio.js';

/** A person asking for the time (espeak-ng), 1.3 seconds, mono PCM16 at 16 kHz. */
export const SPOKEN_FILE = path.resolve(import.meta.dirname, '../fixtures/speech/what-time-is-it.wav');

const HEADER_BYTES = 44;

export function spokenSamples(): Int16Array {
  const file = readFileSync(SPOKEN_FILE);
  return new Int16Array(Uint8Array.from(file.subarray(HEADER_BYTES)).buffer);
}

/** Noise of a loudness, the same every time. */
export function noise(length: number, loudness: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length }, () => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return (seed / 2 ** 31 - 1) * loudness;
  });
}

/** Whole frames of 20 ms. */
export function framesOf(samples: Int16Array): PcmFrame[] {
  const size = (HEARD_RATE * FRAME_MS) / 1000;
  return Array.from({ length: Math.floor(samples.length / size) }, (_, at) => ({
    samples: samples.subarray(at * size, (at + 1) * size),
    sampleRate: HEARD_RATE,
  }));
}

/** What a microphone delivers. */
export async function* spoken(frames: readonly PcmFrame[]): AsyncIterable<PcmFrame> {
  yield* frames;
}
