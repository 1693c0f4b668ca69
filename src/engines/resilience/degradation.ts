import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { statusOf } from '../http-errors.js';
import { BreakerOpenError } from './circuit-breaker.js';
import type { DegradationReason } from './resilience.port.js';

const BY_CODE: Partial<Record<ErrorCode, DegradationReason>> = {
  ENGINE_TIMEOUT: 'timeout',
  ENGINE_AUTH_FAILED: 'auth',
  ENGINE_RATE_LIMITED: 'rate_limit',
  ENGINE_REQUEST_REJECTED: 'invalid_request',
  ENGINE_CONTEXT_LENGTH: 'invalid_request',
  ENGINE_CAPABILITY_MISSING: 'invalid_request',
  ENGINE_UNSUPPORTED: 'invalid_request',
  VALIDATION_FAILED: 'invalid_request',
  VALIDATION_BODY_TOO_LARGE: 'invalid_request',
  ENGINE_BAD_RESPONSE: 'bad_response',
  ENGINE_STREAM_CUT: 'bad_response',
};

/** Reasons that say something of the service, and not of a request or of our key. */
const FAILURES: ReadonlySet<DegradationReason> = new Set(['timeout', 'unavailable', 'bad_response']);

/** The stable word for whatever an engine has thrown. */
export function reasonOf(error: unknown): DegradationReason {
  if (error instanceof BreakerOpenError) return 'breaker_open';
  return (error instanceof CozyError ? BY_CODE[error.code] : undefined) ?? 'unavailable';
}

/** Whether an error opens the breaker when it comes again and again. A 408 is a timeout, and still about a request. */
export function isServiceFailure(error: unknown): boolean {
  return FAILURES.has(reasonOf(error)) && statusOf(error) !== 408;
}
