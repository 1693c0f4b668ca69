import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { errorOfFailure, failureOfBody, ProtocolError, type ProviderFailure } from './provider-failure.js';

/** Whatever the SDK, the transport or the reading of a stream has thrown; `streaming` once headers have come. */
export function errorOfThrown(thrown: unknown, streaming: boolean): CozyError {
  if (thrown instanceof CozyError) return thrown;
  if (thrown instanceof ProtocolError || thrown instanceof SyntaxError) return wrap('ENGINE_BAD_RESPONSE', thrown);
  if (thrown instanceof APIConnectionTimeoutError) return wrap('ENGINE_TIMEOUT', thrown);
  if (thrown instanceof APIConnectionError) return wrap(streaming ? 'ENGINE_STREAM_CUT' : 'ENGINE_UNAVAILABLE', thrown);
  if (thrown instanceof APIError) return errorOfFailure(failureOfApiError(thrown), thrown);
  return wrap(streaming ? 'ENGINE_STREAM_CUT' : 'ENGINE_FAILED', thrown);
}

/** The facts of an HTTP error answer as the SDK gives it. */
function failureOfApiError(error: APIError): ProviderFailure {
  const headers: Headers | undefined = error.headers;
  return {
    ...failureOfBody(error.error),
    ...(typeof error.status === 'number' && { status: error.status }),
    text: error.message,
    retryAfter: headers?.get('retry-after') ?? null,
    isJson: headers?.get('content-type')?.includes('json') ?? error.error !== undefined,
  };
}

function wrap(code: ErrorCode, cause: unknown): CozyError {
  return new CozyError(code, { cause });
}
