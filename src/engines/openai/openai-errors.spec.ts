import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import { errorOfThrown } from './openai-errors.js';
import { retryDelayMs } from './openai-retry.js';
import { ProtocolError } from './provider-failure.js';

const answered = (status: number, error: object = {}, headers: Record<string, string> = {}) =>
  APIError.generate(status, { error }, undefined, new Headers({ 'content-type': 'application/json', ...headers }));

describe('errorOfThrown', () => {
  const own = new CozyError('STORAGE_UNAVAILABLE');
  it.each<[string, unknown, boolean, string]>([
    ['our own', own, true, 'STORAGE_UNAVAILABLE'],
    ['a protocol error', new ProtocolError('x'), false, 'ENGINE_BAD_RESPONSE'],
    ['broken JSON', new SyntaxError('x'), true, 'ENGINE_BAD_RESPONSE'],
    ['a timeout', new APIConnectionTimeoutError(), false, 'ENGINE_TIMEOUT'],
    ['no connection', new APIConnectionError({ message: 'x' }), false, 'ENGINE_UNAVAILABLE'],
    ['an answer', answered(400, { code: 'context_length_exceeded' }), false, 'ENGINE_CONTEXT_LENGTH'],
    ['"terminated"', new TypeError('terminated'), true, 'ENGINE_STREAM_CUT'],
    ['anything else', new Error('x'), false, 'ENGINE_FAILED'],
    ['no error', undefined, false, 'ENGINE_FAILED'],
  ])('%s', (_name, thrown, streaming, code) => {
    expect(errorOfThrown(thrown, streaming).code).toBe(code);
  });

  it('keeps the provider’s words out of everything but the cause', () => {
    const thrown = answered(400, { message: 'secret words', code: 'secret-code', param: 'secret.param' });
    const { message, details, param, cause } = errorOfThrown(thrown, false);
    expect(JSON.stringify({ message, details, param })).not.toContain('secret');
    expect(cause).toBe(thrown);
  });

  it('hands on a bounded Retry-After of a rate limit only', () => {
    expect(errorOfThrown(answered(429, {}, { 'retry-after': '12' }), false).retryAfterSeconds).toBe(12);
    expect(errorOfThrown(answered(429), false).retryAfterSeconds).toBeUndefined();
    expect(errorOfThrown(answered(500, {}, { 'retry-after': '12' }), false).retryAfterSeconds).toBeUndefined();
  });
});

describe('retryDelayMs', () => {
  it.each<[string, unknown, number, number | undefined]>([
    ['the first failure', answered(500), 0, 500],
    ['the third failure', answered(500), 2, 2000],
    ['the tenth failure', answered(500), 9, 8000],
    ['a rate limit', answered(429), 0, 500],
    ['a lost connection', new APIConnectionError({ message: 'x' }), 0, 500],
    ['what the provider asks for', answered(503, {}, { 'retry-after': '3' }), 0, 3000],
    ['what it asks for in milliseconds', answered(503, {}, { 'retry-after-ms': '20', 'retry-after': '3' }), 0, 20],
    ['advice to retry', answered(418, {}, { 'x-should-retry': 'true' }), 0, 500],
    ['advice against it', answered(500, {}, { 'x-should-retry': 'false' }), 0, undefined],
    ['a timeout', new APIConnectionTimeoutError(), 0, undefined],
    ['a rejection', answered(400), 0, undefined],
    ['a used-up account', answered(429, { code: 'insufficient_quota' }), 0, undefined],
    ['a bug', new TypeError('x'), 0, undefined],
  ])('after %s', (_name, error, attempt, delay) => {
    expect(retryDelayMs(error, attempt, 0)).toBe(delay);
  });
});
