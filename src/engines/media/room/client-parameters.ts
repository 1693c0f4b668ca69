import { CozyError } from '../../../core/errors/cozy.error.js';
import type { MediaParameters } from '../media.port.js';

/** A browser's longest are about 4 KB. */
const LONGEST = 32_768;
const DEEPEST = 8;

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'number' || Number.isFinite(value);
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

/**
 * A copy of what a client sent, bounded: mediasoup writes into what it is given, and hands numbers on to a process that
 * believes them. Throws VALIDATION_FAILED.
 */
export function clientParameters(param: string, given: MediaParameters): MediaParameters {
  const fits = typeof given === 'object' && given !== null && !Array.isArray(given) && isShallow(given, DEEPEST);
  const text = fits ? JSON.stringify(given) : '';
  if (!fits || text.length > LONGEST) {
    throw new CozyError('VALIDATION_FAILED', { message: `These ${param} cannot be used.`, param });
  }
  return JSON.parse(text) as MediaParameters;
}
