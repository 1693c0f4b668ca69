import { describe, expect, it } from 'vitest';
import { codeOfFailure, errorOfBody, type ProviderFailure } from './provider-failure.js';

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
