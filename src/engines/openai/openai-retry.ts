import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { boundedRetryAfter } from '../http-errors.js';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8000;
/** Timeout, lock, rate limit. */
const PASSING_STATUSES = new Set([408, 409, 429]);

/**
 * How long to wait before asking again, in milliseconds; undefined when asking again is useless. The SDK's own retries
 * are off: their sleep cannot be aborted and obeys any `Retry-After`, so they would outlive the turn.
 *
 * @param attempt 0 after the first failure.
 * @param jitter between 0 and 1.
 */
export function retryDelayMs(error: unknown, attempt: number, jitter = Math.random()): number | undefined {
  if (!(error instanceof APIError) || !isRetryable(error)) return undefined;
  const asked = askedDelayMs(error);
  if (asked !== undefined) return asked;
  return Math.min(FIRST_DELAY_MS * 2 ** attempt, MAX_DELAY_MS) * (1 - jitter / 4);
}

function isRetryable(error: APIError): boolean {
  if (error instanceof APIConnectionError) return !(error instanceof APIConnectionTimeoutError);
  // More of the same question does not bring more money.
  if (error.code === 'insufficient_quota') return false;
  const advice = headersOf(error)?.get('x-should-retry');
  if (advice === 'true' || advice === 'false') return advice === 'true';
  return error.status !== undefined && (PASSING_STATUSES.has(error.status) || error.status >= 500);
}

function askedDelayMs(error: APIError): number | undefined {
  const headers = headersOf(error);
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (milliseconds > 0) return milliseconds;
  const seconds = boundedRetryAfter(headers?.get('retry-after'));
  return seconds === undefined ? undefined : seconds * 1000;
}

/** Absent from errors that came in a stream, whatever the SDK's type says. */
function headersOf(error: APIError): Headers | undefined {
  return error.headers;
}
