import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { codeOfStatus, serviceError, StatusError } from '../http-errors.js';
import { BreakerOpenError } from './circuit-breaker.js';
import { isServiceFailure, reasonOf } from './degradation.js';

describe('reasonOf', () => {
  it.each<[ErrorCode, string, boolean]>([
    ['ENGINE_TIMEOUT', 'timeout', true],
    ['ENGINE_AUTH_FAILED', 'auth', false],
    ['ENGINE_RATE_LIMITED', 'rate_limit', false],
    ['ENGINE_REQUEST_REJECTED', 'invalid_request', false],
    ['ENGINE_UNSUPPORTED', 'invalid_request', false],
    ['ENGINE_UNAVAILABLE', 'unavailable', true],
    ['ENGINE_FAILED', 'unavailable', true],
    ['ENGINE_BAD_RESPONSE', 'bad_response', true],
    ['STORAGE_UNAVAILABLE', 'unavailable', true],
    ['INTERNAL_ERROR', 'unavailable', true],
  ])('%s is %s; counted by the breaker: %s', (code, reason, counted) => {
    expect(reasonOf(new CozyError(code))).toBe(reason);
    expect(isServiceFailure(new CozyError(code))).toBe(counted);
  });

  it('has a word for whatever else is thrown', () => {
    expect(reasonOf(new TypeError('bug'))).toBe('unavailable');
    expect(reasonOf('odd')).toBe('unavailable');
    expect(reasonOf(new BreakerOpenError())).toBe('breaker_open');
    expect(isServiceFailure(new BreakerOpenError())).toBe(false);
  });

  it('lets no 4xx count', () => {
    for (let status = 400; status < 500; status++) {
      expect(isServiceFailure(serviceError('x', codeOfStatus(status), new StatusError(status)))).toBe(false);
    }
  });
});
