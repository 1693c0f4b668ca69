const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const ELEMENT_BYTES = LENGTH_BYTES + 4;

/** Reads what Postgres' `array_send` makes of a `real[]` of one dimension: far cheaper than its text. */
export function readRealArray(sent: Buffer): Float32Array {
  const size = Math.max(0, Math.floor((sent.length - HEADER_BYTES) / ELEMENT_BYTES));
  const values = new Float32Array(size);
  for (let at = 0; at < size; at++) values[at] = sent.readFloatBE(HEADER_BYTES + at * ELEMENT_BYTES + LENGTH_BYTES);
  return values;
}

/** The signs of a vector as Postgres writes bits. */
export function signatureOf(vector: readonly number[]): string {
  return vector.map((value) => (value > 0 ? '1' : '0')).join('');
}
