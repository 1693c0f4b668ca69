/** Room for a quarter of a second at 16 kHz; longer pieces make more. */
const ROOM = 4096;

/** Samples that come in pieces of one length and are taken in pieces of another, in memory that is used again. */
export class WaitingSamples {
  private samples = new Int16Array(ROOM);
  private start = 0;
  private end = 0;

  get length(): number {
    return this.end - this.start;
  }

  push(piece: Int16Array): void {
    if (this.end + piece.length > this.samples.length) this.makeRoom(piece.length);
    this.samples.set(piece, this.end);
    this.end += piece.length;
  }

  /** A view of the first ones, or of all where there are fewer; good until the next `push`. */
  take(most: number): Int16Array {
    const taken = this.samples.subarray(this.start, Math.min(this.end, this.start + most));
    this.start += taken.length;
    return taken;
  }

  /** Forgets all but the last ones. */
  keepLast(most: number): void {
    this.start = Math.max(this.start, this.end - most);
  }

  private makeRoom(wanted: number): void {
    const { samples, start, end, length } = this;
    if (length + wanted > samples.length) this.samples = new Int16Array(length + wanted + ROOM);
    this.samples.set(samples.subarray(start, end));
    this.start = 0;
    this.end = length;
  }
}
