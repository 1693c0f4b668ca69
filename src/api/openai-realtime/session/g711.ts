/** ITU-T G.711: eight bits a sample, μ-law or A-law, as telephones speak. (The packages there are have had no release for years.) */
export type G711Law = 'u' | 'a';

const BIAS = 0x84;
const CLIP = 32_635;

function linearOfMu(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = (((code & 0x0f) << 3) + BIAS) << ((code & 0x70) >> 4);
  return code & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}

function linearOfA(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code & 0x70) >> 4;
  const low = (code & 0x0f) << 4;
  const magnitude = segment === 0 ? low + 8 : (low + 0x108) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

/** Which power of two a magnitude lies in, counted from 0 to 7. */
const segmentOf = (magnitude: number, lowest: number) => Math.max(0, Math.min(7, 31 - Math.clz32(magnitude) - lowest));

function muOf(sample: number): number {
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS;
  const segment = segmentOf(magnitude, 7);
  const code = (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f);
  return ~(sample < 0 ? code | 0x80 : code) & 0xff;
}

function aOf(sample: number): number {
  const magnitude = Math.min(32_767, sample < 0 ? -sample - 1 : sample);
  const segment = segmentOf(magnitude, 7);
  const code = (segment << 4) | ((magnitude >> (segment === 0 ? 4 : segment + 3)) & 0x0f);
  return (sample < 0 ? code : code | 0x80) ^ 0x55;
}

const table = (linear: (byte: number) => number) => Int16Array.from({ length: 256 }, (_, byte) => linear(byte));
const LINEAR = { u: table(linearOfMu), a: table(linearOfA) };
const CODE = { u: muOf, a: aOf };

export function decodeG711(bytes: Uint8Array, law: G711Law): Int16Array {
  const linear = LINEAR[law];
  return Int16Array.from(bytes, (byte) => linear[byte] ?? 0);
}

export function encodeG711(samples: Int16Array, law: G711Law): Uint8Array {
  return Uint8Array.from(samples, CODE[law]);
}
