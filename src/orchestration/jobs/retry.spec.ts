import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import { afterFailure, codeOf, isStorageAway } from './retry.js';

const always = (value: number) => () => value;

describe('after a failure', () => {
  it.each<[string, number, number, boolean]>([
    ['ENGINE_BAD_RESPONSE', 1, 1, false],
    ['ENGINE_BAD_RESPONSE', 4, 8, false],
    ['ENGINE_BAD_RESPONSE', 5, 16, true],
    ['TypeError', 5, 16, true],
    ['ENGINE_UNAVAILABLE', 5, 16, false],
    ['ENGINE_TIMEOUT', 31, 600, false],
    ['ENGINE_RATE_LIMITED', 32, 600, true],
  ])('%s for the %i. time: at most %i s to wait, given up: %s', (code, attempts, longest, dead) => {
    expect(afterFailure(code, attempts, always(0))).toEqual({ dead, waitSeconds: longest });
    expect(afterFailure(code, attempts, always(1))).toEqual({ dead, waitSeconds: longest / 2 });
  });

  it('what was said of it is a code, never words', () => {
    expect(codeOf(new CozyError('ENGINE_TIMEOUT'))).toBe('ENGINE_TIMEOUT');
    expect(codeOf(new TypeError('secret'))).toBe('TypeError');
    expect(codeOf('secret')).toBe('Error');
  });

  it('a database that is away is nobody’s fault', () => {
    expect(isStorageAway(new CozyError('STORAGE_UNAVAILABLE'))).toBe(true);
    expect(isStorageAway(new CozyError('ENGINE_UNAVAILABLE'))).toBe(false);
  });
});
