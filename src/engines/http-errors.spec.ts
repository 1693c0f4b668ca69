import { describe, expect, it } from 'vitest';
import { boundedRetryAfter, codeOfStatus, serviceError, StatusError, statusOf } from './http-errors.js';

describe('codeOfStatus', () => {
  it.each([
    [302, 'ENGINE_BAD_RESPONSE'],
    [400, 'ENGINE_REQUEST_REJECTED'],
    [401, 'ENGINE_AUTH_FAILED'],
    [402, 'ENGINE_AUTH_FAILED'],
    [403, 'ENGINE_AUTH_FAILED'],
    [404, 'ENGINE_REQUEST_REJECTED'],
    [408, 'ENGINE_TIMEOUT'],
    [422, 'ENGINE_REQUEST_REJECTED'],
    [429, 'ENGINE_RATE_LIMITED'],
    [500, 'ENGINE_UNAVAILABLE'],
    [502, 'ENGINE_UNAVAILABLE'],
    [504, 'ENGINE_TIMEOUT'],
  ])('%i is %s', (status, code) => {
    expect(codeOfStatus(status)).toBe(code);
  });
});

describe('boundedRetryAfter', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['7', 7],
    ['0', 1],
    ['1.2', 2],
    ['99999', 3600],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
    ['soon', undefined],
    ['-3', 1],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 1],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%s is %s', (header, seconds) => {
    expect(boundedRetryAfter(header, now)).toBe(seconds);
  });
});

describe('serviceError', () => {
  it('names the service, and holds the status for us alone', () => {
    const error = serviceError(
      'memory service',
      'ENGINE_RATE_LIMITED',
      new Error('x', { cause: new StatusError(429) }),
      '3',
    );
    expect(error).toMatchObject({ code: 'ENGINE_RATE_LIMITED', retryAfterSeconds: 3 });
    expect(error.message).toMatch(/^The memory service is busy/);
    expect(statusOf(error)).toBe(429);
    expect(statusOf(serviceError('x', 'ENGINE_TIMEOUT'))).toBeUndefined();
  });
});
