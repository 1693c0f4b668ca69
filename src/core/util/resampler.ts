/** Zero crossings of the filter on either side: 16 keep what is above the lower rate's half 60 dB down and more. */
const CROSSINGS = 16;
/** The pass band ends a little below half of the lower rate, where the filter's edge begins. */
const ROLL_OFF = 0.94;

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const clip = (value: number) => Math.max(-32_768, Math.min(32_767, Math.round(value)));

/** One row of weights for each position that an output sample can have between two input samples. */
function filterBank(phases: number, cutoff: number, reach: number): Float32Array[] {
  return Array.from({ length: phases }, (_, phase) => {
    const weights = Float32Array.from({ length: 2 * reach }, (_unused, tap) => {
      const x = tap - reach + 1 - phase / phases;
      const window = Math.abs(x) >= reach ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / reach);
      return cutoff * sinc(cutoff * x) * window;
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
}

/**
 * Changes the sample rate of a stream of mono PCM16, piece by piece: a polyphase filter with a windowed sinc. (The libraries
 * there are either hold megabytes a stream or keep no state from one piece to the next.)
 */
export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly reach: number;
  private readonly bank: Float32Array[];
  /** The end of what came before, which the filter still looks back at. */
  private history: Int16Array;
  /** Of the next output sample, in steps of 1/`up` input samples from the beginning of `history`. */
  private position: number;

  /** Hertz, both. */
  constructor(from: number, to: number) {
    const divisor = greatestCommonDivisor(from, to);
    this.up = to / divisor;
    this.down = from / divisor;
    const cutoff = ROLL_OFF * Math.min(1, to / from);
    this.reach = Math.ceil(CROSSINGS / cutoff);
    this.bank = filterBank(this.up, cutoff, this.reach);
    this.history = new Int16Array(this.reach);
    this.position = this.reach * this.up;
  }

  /** As much as can be told of it by now: some milliseconds wait for what follows them. */
  push(samples: Int16Array): Int16Array {
    if (this.up === this.down) return samples;
    const input = new Int16Array(this.history.length + samples.length);
    input.set(this.history);
    input.set(samples, this.history.length);
    const end = (input.length - this.reach) * this.up;
    const output = new Int16Array(Math.max(0, Math.ceil((end - this.position) / this.down)));
    for (let index = 0; index < output.length; index++) {
      output[index] = this.at(input, this.position);
      this.position += this.down;
    }
    const done = Math.max(0, Math.floor(this.position / this.up) - this.reach);
    this.history = input.slice(done);
    this.position -= done * this.up;
    return output;
  }

  private at(input: Int16Array, position: number): number {
    const whole = Math.floor(position / this.up);
    const weights = this.bank[position % this.up];
    if (!weights) return 0;
    let sum = 0;
    const first = whole - this.reach + 1;
    for (let tap = 0; tap < weights.length; tap++) sum += (weights[tap] ?? 0) * (input[first + tap] ?? 0);
    return clip(sum);
  }
}
