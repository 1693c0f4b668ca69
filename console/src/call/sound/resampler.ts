/** Zero crossings of the filter on each side: enough that what cannot be kept is some 40 dB quieter. */
const CROSSINGS = 8;

function kernel(distance: number, cutoff: number, half: number): number {
  const x = Math.PI * distance * cutoff;
  const sinc = x === 0 ? 1 : Math.sin(x) / x;
  const hann = 0.5 + 0.5 * Math.cos((Math.PI * distance) / half);
  return cutoff * sinc * hann;
}

/** Changes the rate of a sound that comes in pieces; what the lower rate cannot hold is filtered out first. */
export class Resampler {
  private readonly step: number;
  private readonly cutoff: number;
  private readonly half: number;
  private pending = new Float32Array(0);
  /** Of the next sample, in samples of `pending`. */
  private position: number;

  constructor(from: number, to: number) {
    this.step = from / to;
    this.cutoff = Math.min(1, to / from);
    this.half = Math.ceil(CROSSINGS / this.cutoff);
    this.pending = new Float32Array(this.half);
    this.position = this.half;
  }

  push(samples: Float32Array): Float32Array {
    const input = new Float32Array(this.pending.length + samples.length);
    input.set(this.pending);
    input.set(samples, this.pending.length);
    const count = Math.max(0, Math.ceil((input.length - this.half - this.position) / this.step));
    const output = new Float32Array(count);
    for (let index = 0; index < count; index += 1) output[index] = this.at(input, this.position + index * this.step);
    const next = this.position + count * this.step;
    const kept = Math.max(0, Math.floor(next) - this.half);
    this.pending = input.slice(kept);
    this.position = next - kept;
    return output;
  }

  private at(input: Float32Array, position: number): number {
    const first = Math.max(0, Math.ceil(position - this.half));
    const last = Math.min(input.length - 1, Math.floor(position + this.half));
    let sum = 0;
    for (let index = first; index <= last; index += 1) {
      sum += (input[index] ?? 0) * kernel(index - position, this.cutoff, this.half);
    }
    return sum;
  }
}

export function toPcm16(samples: Float32Array): Int16Array<ArrayBuffer> {
  return Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767));
}
