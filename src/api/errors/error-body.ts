import { HttpException } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';

/** The one shape of every error: for OpenAI's SDKs, for the engine's own clients and for the CozyChat web app at once. */
export interface ErrorBody {
  error: {
    message: string;
    type: string;
    param: string | null;
    code: ErrorCode;
    request_id: string | null;
    details: Record<string, unknown>;
  };
  message: string;
  detail: string;
}

export function errorBody(error: CozyError, requestId: string | undefined): ErrorBody {
  const { message, row, code, param, details } = error;
  return {
    error: { message, type: row.type, param: param ?? null, code, request_id: requestId ?? null, details },
    message,
    detail: message,
  };
}

const CODE_OF_STATUS: Record<number, ErrorCode> = {
  400: 'VALIDATION_FAILED',
  401: 'AUTH_REQUIRED',
  403: 'AUTH_FORBIDDEN',
  404: 'RESOURCE_ROUTE_NOT_FOUND',
  409: 'RESOURCE_CONFLICT',
  413: 'VALIDATION_BODY_TOO_LARGE',
  415: 'VALIDATION_MEDIA_TYPE',
  429: 'RATE_LIMIT_EXCEEDED',
  503: 'INTERNAL_SHUTTING_DOWN',
};

/** Whatever was thrown, as a row of the error table. Unknown errors keep their words to the log. */
export function asCozyError(error: unknown): CozyError {
  if (error instanceof CozyError) return error;
  if (error instanceof HttpException) {
    const code =
      CODE_OF_STATUS[error.getStatus()] ?? (error.getStatus() < 500 ? 'VALIDATION_FAILED' : 'INTERNAL_ERROR');
    return new CozyError(code, { cause: error });
  }
  return new CozyError('INTERNAL_ERROR', { cause: error });
}

const CODE_OF_BODY_ERROR: Record<string, { code: ErrorCode; message?: string }> = {
  'entity.too.large': { code: 'VALIDATION_BODY_TOO_LARGE' },
  'entity.parse.failed': { code: 'VALIDATION_MALFORMED_JSON' },
  'encoding.unsupported': {
    code: 'VALIDATION_MEDIA_TYPE',
    message: 'The content encoding is not supported. Send it plain or gzipped.',
  },
  'parts.too.many': {
    code: 'VALIDATION_FAILED',
    message: 'The body has too many parts. Send fewer values: 500,000 texts, commas, colons and brackets at most.',
  },
  'charset.unsupported': { code: 'VALIDATION_MEDIA_TYPE', message: 'The character set is not supported. Send UTF-8.' },
  'request.aborted': { code: 'VALIDATION_FAILED', message: 'The request ended before its body was complete.' },
  'request.size.invalid': { code: 'VALIDATION_FAILED', message: 'Content-Length does not match the body.' },
};

/** Errors of Express's body parser, told apart by their `type`. */
export function bodyParserError(error: unknown): unknown {
  const type = (error as { type?: unknown } | null)?.type;
  const known = typeof type === 'string' ? CODE_OF_BODY_ERROR[type] : undefined;
  if (!known) return error;
  return new CozyError(known.code, { cause: error, ...(known.message && { message: known.message }) });
}
