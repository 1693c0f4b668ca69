import { CozyError } from '../core/errors/cozy.error.js';
import type { ErrorCode } from '../core/errors/error-table.js';

/** A service that asks for more is not worth waiting for; a client should not be told to sleep for hours either. */
const MOST_RETRY_AFTER_SECONDS = 3600;

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'ENGINE_AUTH_FAILED',
  402: 'ENGINE_AUTH_FAILED',
  403: 'ENGINE_AUTH_FAILED',
  408: 'ENGINE_TIMEOUT',
  429: 'ENGINE_RATE_LIMITED',
  504: 'ENGINE_TIMEOUT',
};

/** What is said of the service to callers; its own words stay out, as they may hold anything. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  ENGINE_AUTH_FAILED: 'refused the credentials of this server.',
  ENGINE_TIMEOUT: 'took too long to answer.',
  ENGINE_RATE_LIMITED: 'is busy. Please try again in a moment.',
  ENGINE_REQUEST_REJECTED: 'rejected the request.',
  ENGINE_UNAVAILABLE: 'cannot be reached or failed. Please try again in a moment.',
  ENGINE_BAD_RESPONSE: 'gave an answer that could not be understood.',
  ENGINE_STREAM_CUT: 'broke off in the middle of its answer.',
  ENGINE_UNSUPPORTED: 'cannot do that.',
};

/**
 * The row of the error table that a status stands for. A redirect that was not followed is an answer that nobody
 * understands: the address in the configuration is wrong.
 */
export function codeOfStatus(status: number): ErrorCode {
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'ENGINE_UNAVAILABLE';
  return status >= 400 ? 'ENGINE_REQUEST_REJECTED' : 'ENGINE_BAD_RESPONSE';
}

/** The status of an answer, or the number in its body that follows the statuses; for the log, and for `statusOf`. */
export class StatusError extends Error {
  override readonly name = 'StatusError';

  constructor(readonly status: number) {
    super(`It answered with status ${status}.`);
  }
}

/** The status behind an error; undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof StatusError) return cause.status;
  }
  return undefined;
}

/** @param service how callers are told of it: `memory service`. */
export function serviceError(service: string, code: ErrorCode, cause?: unknown, retryAfter?: string): CozyError {
  const words = WORDS[code];
  const retryAfterSeconds = code === 'ENGINE_RATE_LIMITED' ? boundedRetryAfter(retryAfter) : undefined;
  return new CozyError(code, {
    cause,
    retryAfterSeconds,
    ...(words !== undefined && { message: `The ${service} ${words}` }),
  });
}

/** Seconds of a `Retry-After` header (seconds or a date), between 1 and an hour; undefined when it says nothing usable. */
export function boundedRetryAfter(header: string | null | undefined, now = Date.now()): number | undefined {
  if (header === undefined || header === null || header.trim() === '') return undefined;
  const seconds = Number.isNaN(Number(header)) ? (Date.parse(header) - now) / 1000 : Number(header);
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 1), MOST_RETRY_AFTER_SECONDS);
}
