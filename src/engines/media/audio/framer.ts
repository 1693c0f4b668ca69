/** Cuts sound of any length into frames of one. */
export class Framer {
  private partial: Int16Array;
  private filled = 0;

  constructor(
    private readonly frameSamples: number,
    private readonly emit: (frame: Int16Array) => void,
  ) {
    this.partial = new Int16Array(frameSamples);
  }

  /** What is given becomes part of the frames: it must not be written to afterwards. */
  push(samples: Int16Array): void {
    let rest = samples;
    if (this.filled > 0) {
      const piece = rest.subarray(0, this.frameSamples - this.filled);
      this.partial.set(piece, this.filled);
      this.filled += piece.length;
      rest = rest.subarray(piece.length);
      if (this.filled < this.frameSamples) return;
      const whole = this.partial;
      this.partial = new Int16Array(this.frameSamples);
      this.filled = 0;
      this.emit(whole);
    }
    for (; rest.length >= this.frameSamples; rest = rest.subarray(this.frameSamples)) {
      this.emit(rest.subarray(0, this.frameSamples));
    }
    this.partial.set(rest);
    this.filled = rest.length;
  }

  /** Forgets what makes no frame yet. */
  clear(): void {
    this.filled = 0;
  }
}
