/** Joins bytes that come in pieces of any size into PCM16 samples. */
export class PcmSamples {
  private odd: number | undefined;

  /** The whole samples that there are now. A copy: what was given may be used again. */
  take(bytes: Uint8Array): Int16Array {
    const before = this.odd === undefined ? 0 : 1;
    const whole = (bytes.length + before) & ~1;
    const joined = new Uint8Array(whole);
    if (this.odd !== undefined && whole > 0) joined[0] = this.odd;
    joined.set(bytes.subarray(0, Math.max(0, whole - before)), Math.min(before, whole));
    if (whole > 0 || this.odd === undefined) {
      this.odd = whole - before < bytes.length ? bytes[bytes.length - 1] : undefined;
    }
    return new Int16Array(joined.buffer);
  }
}
