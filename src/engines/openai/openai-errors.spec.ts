import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import { codeOfFailure, errorOfBody, errorOfThrown, type ProviderFailure, ProtocolError } from './openai-errors.js';
import { retryDelayMs } from './openai-retry.js';

const answered = (status: number, error: object = {}, headers: Record<string, string> = {}) =>
  APIError.generate(status, { error }, undefined, new Headers({ 'content-type': 'application/json', ...headers }));

describe('codeOfFailure', () => {
  it.each<[ProviderFailure, string]>([
    [{ status: 400 }, 'ENGINE_REQUEST_REJECTED'],
    [{ status: 400, code: 'context_length_exceeded' }, 'ENGINE_CONTEXT_LENGTH'],
    [{ status: 400, text: "This model's maximum context length is 4096 tokens." }, 'ENGINE_CONTEXT_LENGTH'],
    [{ status: 400, text: 'the request exceeds the available context size' }, 'ENGINE_CONTEXT_LENGTH'],
    [{ status: 400, text: 'registry/library/gemma:2b does not support tools' }, 'ENGINE_TOOLS_UNSUPPORTED'],
    [
      { status: 400, text: '"auto" tool choice requires --enable-auto-tool-choice to be set' },
      'ENGINE_TOOLS_UNSUPPORTED',
    ],
    [{ status: 404, text: 'No endpoints found that support tool use.' }, 'ENGINE_TOOLS_UNSUPPORTED'],
    [{ status: 400, text: '`tool calling` is not supported with this model' }, 'ENGINE_TOOLS_UNSUPPORTED'],
    [{ status: 400, text: 'Invalid schema for function f' }, 'ENGINE_REQUEST_REJECTED'],
    [{ status: 400, code: 'model_not_found' }, 'RESOURCE_MODEL_NOT_FOUND'],
    [{ status: 400, code: 'rate_limit_exceeded' }, 'ENGINE_REQUEST_REJECTED'],
    [{ status: 401 }, 'ENGINE_AUTH_FAILED'],
    [{ status: 402 }, 'ENGINE_AUTH_FAILED'],
    [{ status: 403 }, 'ENGINE_AUTH_FAILED'],
    [{ status: 404 }, 'RESOURCE_MODEL_NOT_FOUND'],
    [{ status: 404, isJson: false }, 'ENGINE_FAILED'],
    [{ status: 405 }, 'ENGINE_REQUEST_REJECTED'],
    [{ status: 408 }, 'ENGINE_TIMEOUT'],
    [{ status: 409 }, 'ENGINE_FAILED'],
    [{ status: 413 }, 'VALIDATION_BODY_TOO_LARGE'],
    [{ status: 422 }, 'ENGINE_REQUEST_REJECTED'],
    [{ status: 429 }, 'ENGINE_RATE_LIMITED'],
    [{ status: 301 }, 'ENGINE_FAILED'],
    [{ status: 500 }, 'ENGINE_FAILED'],
    [{ status: 503 }, 'ENGINE_FAILED'],
    [{ status: 529 }, 'ENGINE_FAILED'],
    [{}, 'ENGINE_FAILED'],
    [{ code: 'toString' }, 'ENGINE_FAILED'],
    [{ type: 'overloaded_error' }, 'ENGINE_RATE_LIMITED'],
    [{ type: 'invalid_request_error' }, 'ENGINE_REQUEST_REJECTED'],
    [{ type: 'invalid_request_error', code: 'context_length_exceeded' }, 'ENGINE_CONTEXT_LENGTH'],
  ])('%j is %s', (failure, code) => {
    expect(codeOfFailure(failure)).toBe(code);
  });
});

describe('errorOfBody', () => {
  it.each<[unknown, string]>([
    [{ code: 429 }, 'ENGINE_RATE_LIMITED'],
    [{ code: '401' }, 'ENGINE_AUTH_FAILED'],
    [{ status: 500, code: 'x' }, 'ENGINE_FAILED'],
    [{ code: 'insufficient_quota' }, 'ENGINE_RATE_LIMITED'],
    ['maximum context reached', 'ENGINE_CONTEXT_LENGTH'],
    [true, 'ENGINE_FAILED'],
  ])('%j is %s', (body, code) => {
    expect(errorOfBody(body).code).toBe(code);
  });
});

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
