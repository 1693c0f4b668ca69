import type { PcmFrame } from '../../src/core/domain/audio.js';

/** A tone as PCM16. */
export function tone(hertz: number, milliseconds: number, sampleRate: number, loudness = 0.5): Int16Array {
  return Int16Array.from({ length: Math.round((sampleRate * milliseconds) / 1000) }, (_, index) =>
    Math.round(loudness * 32_767 * Math.sin((2 * Math.PI * hertz * index) / sampleRate)),
  );
}

/** A WAV file of mono PCM16. */
export function wav(samples: Int16Array, sampleRate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

/** Root mean square, 0 to 1. */
export function loudnessOf(samples: Int16Array): number {
  const sum = samples.reduce((total, sample) => total + (sample / 32_768) ** 2, 0);
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/** Hertz of a tone, by how often it crosses zero upwards. */
export function pitchOf(samples: Int16Array, sampleRate: number): number {
  let crossings = 0;
  for (let index = 1; index < samples.length; index++) {
    if ((samples[index - 1] ?? 0) < 0 && (samples[index] ?? 0) >= 0) crossings++;
  }
  return (crossings * sampleRate) / samples.length;
}

/** How much of the energy of a sound is in a tone, 0 to 1. */
export function purityOf(samples: Int16Array, hertz: number, sampleRate: number): number {
  let [real, imaginary, energy] = [0, 0, 0];
  samples.forEach((sample, index) => {
    const angle = (2 * Math.PI * hertz * index) / sampleRate;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
    energy += sample * sample;
  });
  return energy === 0 ? 0 : (2 * (real * real + imaginary * imaginary)) / (samples.length * energy);
}

export function joined(frames: readonly PcmFrame[]): Int16Array {
  const all = new Int16Array(frames.reduce((sum, { samples }) => sum + samples.length, 0));
  frames.reduce((at, { samples }) => (all.set(samples, at), at + samples.length), 0);
  return all;
}

/** Collects what is heard, so that a test may look at the newest of it. */
export function listener(heard: AsyncIterable<PcmFrame>) {
  const frames: PcmFrame[] = [];
  const ended = (async () => {
    for await (const frame of heard) frames.push(frame);
  })();
  return { frames, ended };
}
