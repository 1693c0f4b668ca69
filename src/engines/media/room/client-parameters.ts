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
    throw refusal(param);
  }
  return JSON.parse(text) as MediaParameters;
}

/** As above; mediasoup does not look at the values of fingerprints, and would take any for the key of a connection. */
export function clientKeys(param: string, given: MediaParameters): MediaParameters {
  const keys = clientParameters(param, given);
  const fingerprints: unknown = keys['fingerprints'];
  const fits = Array.isArray(fingerprints) && fingerprints.every((fingerprint) => isFingerprint(fingerprint));
  if (!fits) throw refusal(param);
  return keys;
}

const HEX_PAIRS = /^[\da-f]{2}(:[\da-f]{2}){15,63}$/i;

function isFingerprint(given: unknown): boolean {
  const value = typeof given === 'object' && given !== null && 'value' in given ? given.value : undefined;
  return typeof value === 'string' && HEX_PAIRS.test(value);
}

const refusal = (param: string) =>
  new CozyError('VALIDATION_FAILED', { message: `These ${param} cannot be used.`, param });
