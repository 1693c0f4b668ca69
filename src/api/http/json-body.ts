import { CozyError } from '../../core/errors/cozy.error.js';
import { storableText } from '../../core/util/storable.js';

/** No request of any client is nearly this shape; what is costs more to check than it is worth. */
const MAX_DEPTH = 100;
const MAX_KEYS = 2000;
const MAX_ITEMS = 10_000;

function refuse(reason: string): never {
  throw new CozyError('VALIDATION_FAILED', { message: `The body ${reason}.` });
}

function cleanArray(list: unknown[], depth: number): unknown[] {
  if (list.length > MAX_ITEMS) refuse(`holds a list of more than ${MAX_ITEMS} entries`);
  for (const [index, entry] of list.entries()) {
    const clean = cleanValue(entry, depth);
    if (clean !== entry) list[index] = clean;
  }
  return list;
}

function cleanObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  const keys = Object.keys(object);
  if (keys.length > MAX_KEYS) refuse(`holds an object of more than ${MAX_KEYS} keys`);
  let clean = object;
  for (const key of keys) {
    const value = cleanValue(object[key], depth);
    const name = storableText(key);
    if (name === key && value === object[key]) continue;
    if (clean === object) clean = { ...object };
    if (name !== key) delete clean[key];
    clean[name] = value;
  }
  return clean;
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) refuse(`is nested deeper than ${MAX_DEPTH} levels`);
  return Array.isArray(value) ? cleanArray(value, depth + 1) : cleanObject(value as Record<string, unknown>, depth + 1);
}

/**
 * A parsed JSON body, bounded in depth and breadth, every text in it storable: NUL and half surrogate pairs, which
 * Postgres takes in neither text nor JSON, become U+FFFD before anybody compares or stores them. Throws
 * VALIDATION_FAILED.
 */
export const boundedBody = (body: unknown): unknown => cleanValue(body, 0);
