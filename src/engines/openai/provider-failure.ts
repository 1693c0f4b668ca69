import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { boundedRetryAfter } from '../http-errors.js';
import { isRecord } from '../json-record.js';

// What a provider's failure means, without the SDK: who reads an answer alone need not load it.

/** The provider answered something that is not OpenAI's protocol. Its message is for the log. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** What is known of a provider's failure; never shown to a caller. */
export interface ProviderFailure {
  /** HTTP status, or the number some gateways put into `error.code`. */
  status?: number;
  code?: string;
  type?: string;
  text?: string;
  /** A `Retry-After` header: seconds or an HTTP date. */
  retryAfter?: string | null;
  /** Whether the body was an error in JSON: a 404 without one comes from a wrong base URL. */
  isJson?: boolean;
}

const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  context_length_exceeded: 'ENGINE_CONTEXT_LENGTH',
  model_not_found: 'RESOURCE_MODEL_NOT_FOUND',
  invalid_api_key: 'ENGINE_AUTH_FAILED',
  authentication_error: 'ENGINE_AUTH_FAILED',
  permission_error: 'ENGINE_AUTH_FAILED',
  rate_limit_exceeded: 'ENGINE_RATE_LIMITED',
  rate_limit_error: 'ENGINE_RATE_LIMITED',
  insufficient_quota: 'ENGINE_RATE_LIMITED',
  overloaded_error: 'ENGINE_RATE_LIMITED',
  invalid_request_error: 'ENGINE_REQUEST_REJECTED',
  content_filter: 'ENGINE_REQUEST_REJECTED',
  content_policy_violation: 'ENGINE_REQUEST_REJECTED',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'ENGINE_AUTH_FAILED',
  402: 'ENGINE_AUTH_FAILED',
  403: 'ENGINE_AUTH_FAILED',
  408: 'ENGINE_TIMEOUT',
  409: 'ENGINE_FAILED',
  413: 'VALIDATION_BODY_TOO_LARGE',
  429: 'ENGINE_RATE_LIMITED',
};

/** Compatible servers say it in words only (vLLM, llama.cpp, Ollama). */
const CONTEXT_LENGTH_WORDS = /context[ _](?:length|window|size)|maximum context|prompt is too long/i;

/** Said where the model, not the request, is the reason (Ollama, vLLM, OpenRouter, Groq). */
const NO_TOOLS_WORDS =
  /(?:not|n't) support (?:tools?|tool[ _-]?(?:use|calls?|calling|choice)|functions?|function[ _-]?calling)|no endpoints found that support tool|tool[ _-]?(?:use|calling|choice).{0,40}not (?:supported|enabled)|requires --enable-auto-tool-choice/i;

/** The row of the error table that a provider's failure stands for. */
export function codeOfFailure(failure: ProviderFailure): ErrorCode {
  const { status } = failure;
  if (status === undefined) return codeOfWords(failure) ?? 'ENGINE_FAILED';
  if (status === 400 || status === 422) return codeOfRejection(failure);
  if (status === 404) return codeOfNotFound(failure);
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  return status > 404 && status < 500 ? 'ENGINE_REQUEST_REJECTED' : 'ENGINE_FAILED';
}

function codeOfNotFound({ isJson, text = '' }: ProviderFailure): ErrorCode {
  if (isJson === false) return 'ENGINE_FAILED';
  return NO_TOOLS_WORDS.test(text) ? 'ENGINE_TOOLS_UNSUPPORTED' : 'RESOURCE_MODEL_NOT_FOUND';
}

/** The CozyError of a provider's failure: our words only, the provider's in `cause`. */
export function errorOfFailure(failure: ProviderFailure, cause: unknown): CozyError {
  const code = codeOfFailure(failure);
  const retryAfterSeconds = code === 'ENGINE_RATE_LIMITED' ? boundedRetryAfter(failure.retryAfter) : undefined;
  return new CozyError(code, { cause, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

/** An `error` object that came in a chunk, or in the body of an HTTP 200. */
export function errorOfBody(body: unknown): CozyError {
  return errorOfFailure(failureOfBody(body), body);
}

/** The facts of an `error` object. */
export function failureOfBody(body: unknown): ProviderFailure {
  if (typeof body === 'string') return { text: body };
  if (!isRecord(body)) return {};
  const { code, type, message, status } = body;
  const number = [code, status].map(Number).find((value) => value >= 400 && value < 600);
  return {
    ...(number !== undefined && { status: number }),
    ...(typeof code === 'string' && { code }),
    ...(typeof type === 'string' && { type }),
    ...(typeof message === 'string' && { text: message }),
  };
}

function codeOfRejection(failure: ProviderFailure): ErrorCode {
  const byWords = codeOfWords(failure);
  if (byWords === 'ENGINE_CONTEXT_LENGTH' || byWords === 'RESOURCE_MODEL_NOT_FOUND') return byWords;
  return NO_TOOLS_WORDS.test(failure.text ?? '') ? 'ENGINE_TOOLS_UNSUPPORTED' : 'ENGINE_REQUEST_REJECTED';
}

function codeOfWords({ code, type, text }: ProviderFailure): ErrorCode | undefined {
  const byCode = lookup(code);
  if (byCode !== undefined) return byCode;
  if (text !== undefined && CONTEXT_LENGTH_WORDS.test(text)) return 'ENGINE_CONTEXT_LENGTH';
  return lookup(type);
}

function lookup(word: string | undefined): ErrorCode | undefined {
  return word !== undefined && Object.hasOwn(BY_CODE, word) ? BY_CODE[word] : undefined;
}
