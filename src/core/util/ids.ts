import { randomBytes, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const ID_BYTES = 16;
/** Randomness for 256 ids, fetched at once: each fetch costs more than making an id. */
const pool = new Uint8Array(256 * ID_BYTES);
let used = pool.length;
let milliseconds = 0;
/** Counts the ids of one millisecond, so that they keep their order; 31 bits leave it room to grow. */
let sequence = 0;

/** A time-ordered UUID, so that primary keys grow at one end of their index; of one process none is before an older one. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += ID_BYTES));
  const now = Date.now();
  if (now > milliseconds) {
    milliseconds = now;
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(4) >>> 1;
  } else sequence += 1;
  return v7({ random, msecs: milliseconds, seq: sequence });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** `bytes` of randomness in URL-safe base64. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url');
