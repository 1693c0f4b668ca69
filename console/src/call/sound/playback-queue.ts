/** Sound that waits for its turn: begins once a little is there, so that a late packet makes no gap at once. */
export class PlaybackQueue {
  private pieces: Int16Array[] = [];
  private offset = 0;
  private waiting = 0;
  /** Samples asked for since something waits. */
  private patience = 0;
  private playing = false;

  /** @param ahead samples to wait for before it begins. */
  constructor(private readonly ahead: number) {}

  push(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.pieces.push(samples);
    this.waiting += samples.length;
  }

  /** Forgets what has not been heard. */
  clear(): void {
    this.pieces = [];
    this.offset = 0;
    this.waiting = 0;
    this.patience = 0;
    this.playing = false;
  }

  /** Fills `output`, with silence where there is nothing. */
  pull(output: Float32Array): void {
    output.fill(0);
    if (!this.playing) this.begin(output.length);
    if (!this.playing) return;
    let at = 0;
    while (at < output.length && this.pieces[0]) {
      const [piece] = this.pieces;
      const length = Math.min(output.length - at, piece.length - this.offset);
      for (let index = 0; index < length; index += 1) output[at + index] = (piece[this.offset + index] ?? 0) / 32_768;
      at += length;
      this.take(piece, length);
    }
    if (this.pieces.length === 0) this.playing = false;
  }

  /** The end of a short sound never brings enough: it is played all the same after as long a wait. */
  private begin(asked: number): void {
    if (this.waiting === 0) return;
    this.patience += asked;
    this.playing = this.waiting >= this.ahead || this.patience >= this.ahead;
    if (this.playing) this.patience = 0;
  }

  private take(piece: Int16Array, length: number): void {
    this.offset += length;
    this.waiting -= length;
    if (this.offset < piece.length) return;
    this.pieces.shift();
    this.offset = 0;
  }
}
