import { CozyError } from '../../core/errors/cozy.error.js';
import { storableText } from '../../core/util/storable.js';

/** No request of any client is nearly this shape; what is costs more to check than it is worth. */
const MAX_DEPTH = 100;
const MAX_KEYS = 2000;
const MAX_ITEMS = 10_000;
/** Numbers that Postgres stores in a few bytes and writes out as hundreds of digits, such as 1e300. */
const MAX_LONG_NUMBERS = 100;

/** What is counted over a whole body. */
interface Counts {
  longNumbers: number;
}

function refuse(reason: string): never {
  throw new CozyError('VALIDATION_FAILED', { message: `The body ${reason}.` });
}

function cleanArray(list: unknown[], depth: number, counts: Counts): unknown[] {
  if (list.length > MAX_ITEMS) refuse(`holds a list of more than ${MAX_ITEMS} entries`);
  for (const [index, entry] of list.entries()) {
    const clean = cleanValue(entry, depth, counts);
    if (clean !== entry) list[index] = clean;
  }
  return list;
}

function cleanObject(object: Record<string, unknown>, depth: number, counts: Counts): Record<string, unknown> {
  const keys = Object.keys(object);
  if (keys.length > MAX_KEYS) refuse(`holds an object of more than ${MAX_KEYS} keys`);
  let clean = object;
  for (const key of keys) {
    const value = cleanValue(object[key], depth, counts);
    const name = storableText(key);
    if (name === key && value === object[key]) continue;
    if (clean === object) clean = { ...object };
    if (name !== key) delete clean[key];
    clean[name] = value;
  }
  return clean;
}

function countNumber(value: number, counts: Counts): void {
  const size = Math.abs(value);
  if (size < 1e21 && (size >= 1e-21 || size === 0)) return;
  counts.longNumbers += 1;
  if (counts.longNumbers > MAX_LONG_NUMBERS) {
    refuse(`holds more than ${MAX_LONG_NUMBERS} numbers that are larger than 1e21 or smaller than 1e-21`);
  }
}

function cleanValue(value: unknown, depth: number, counts: Counts): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number') countNumber(value, counts);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) refuse(`is nested deeper than ${MAX_DEPTH} levels`);
  return Array.isArray(value)
    ? cleanArray(value, depth + 1, counts)
    : cleanObject(value as Record<string, unknown>, depth + 1, counts);
}

/**
 * A parsed JSON body, bounded in depth, breadth and what it is stored as, every text in it storable: NUL and half surrogate pairs, which
 * Postgres takes in neither text nor JSON, become U+FFFD before anybody compares or stores them. Throws
 * VALIDATION_FAILED.
 */
export const boundedBody = (body: unknown): unknown => cleanValue(body, 0, { longNumbers: 0 });
