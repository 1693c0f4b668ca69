/** OpenAI's vocabulary for `error.type`. */
export type ErrorType =
  'invalid_request_error' | 'authentication_error' | 'permission_error' | 'rate_limit_error' | 'api_error';

export interface ErrorRow {
  /** HTTP status. */
  readonly status: number;
  readonly type: ErrorType;
  /** True when the same request may succeed later without a change. */
  readonly retryable: boolean;
  /** Said to the caller when the thrower has nothing more exact to say. */
  readonly message: string;
}

const row = (status: number, type: ErrorType, message: string, retryable = false): ErrorRow => ({
  status,
  type,
  retryable,
  message,
});
const invalid = (status: number, message: string) => row(status, 'invalid_request_error', message);
const unauthenticated = (message: string) => row(401, 'authentication_error', message);
const forbidden = (message: string) => row(403, 'permission_error', message);
const failing = (status: number, message: string, retryable = true) => row(status, 'api_error', message, retryable);

/** Every error the engine can answer. The code is stable: clients may branch on it. Printed in docs/errors.md. */
export const ERROR_TABLE = {
  VALIDATION_FAILED: invalid(400, 'The request is not valid.'),
  VALIDATION_MALFORMED_JSON: invalid(400, 'The body is not valid JSON.'),
  VALIDATION_BODY_TOO_LARGE: invalid(413, 'The body is larger than this route accepts.'),
  VALIDATION_MEDIA_TYPE: invalid(415, 'This route does not accept that content type. Send application/json.'),
  VALIDATION_AUDIO_FORMAT: invalid(
    400,
    'The file is no audio of a known format. Send wav, mp3, ogg, webm, flac or m4a.',
  ),
  VALIDATION_MALFORMED_HTTP: invalid(400, 'The request is not valid HTTP.'),
  VALIDATION_REQUEST_TIMEOUT: invalid(408, 'The request took too long to arrive.'),
  VALIDATION_EXPECTATION: invalid(417, 'The Expect header asks for something this server does not know.'),
  VALIDATION_WEBSOCKET_VERSION: invalid(426, 'This server speaks version 13 of the WebSocket protocol.'),
  VALIDATION_HEADERS_TOO_LARGE: invalid(431, 'The headers are larger than this server accepts.'),
  VALIDATION_DOCUMENT: invalid(400, 'The document cannot be read.'),
  VALIDATION_IDEMPOTENCY_MISMATCH: invalid(
    422,
    'This Idempotency-Key was used for a different request. Use a new key for a new request.',
  ),

  AUTH_REQUIRED: unauthenticated('Authentication is required. Send "Authorization: Bearer <access token or API key>".'),
  AUTH_INVALID_CREDENTIALS: unauthenticated('The user name or the password is wrong.'),
  AUTH_MFA_REQUIRED: unauthenticated('This account has a second factor. Send "code": six digits of the authenticator.'),
  AUTH_MFA_INVALID: unauthenticated('The code is wrong, too old, or was used before. Take the next one.'),
  AUTH_LOCKED: row(429, 'rate_limit_error', 'Too many failed attempts to sign in. Wait and try again.', true),
  AUTH_TOKEN_INVALID: unauthenticated('The access token or API key is not valid. Sign in again.'),
  AUTH_TOKEN_EXPIRED: unauthenticated('The access token has expired. Refresh it or sign in again.'),
  AUTH_TOKEN_REVOKED: unauthenticated('This sign-in has ended. Sign in again.'),
  AUTH_REFRESH_REUSED: unauthenticated(
    'This refresh token was used before, so its whole sign-in has been ended. Sign in again.',
  ),
  AUTH_ACCOUNT_INACTIVE: unauthenticated('This account is not active. Ask an administrator.'),
  AUTH_FORBIDDEN: forbidden('You may not do this.'),
  AUTH_SCOPE_MISSING: forbidden('This API key lacks the scope that the route needs.'),
  AUTH_REGISTRATION_CLOSED: forbidden('Registration is closed on this server. Ask an administrator for an account.'),

  RESOURCE_NOT_FOUND: invalid(404, 'There is no such resource.'),
  RESOURCE_ROUTE_NOT_FOUND: invalid(404, 'There is no such route. The API is described at /docs.'),
  RESOURCE_MODEL_NOT_FOUND: invalid(404, 'There is no such model. GET /v1/models lists those you may use.'),
  RESOURCE_PERSONALITY_NOT_FOUND: invalid(404, 'There is no such personality. GET /v1/personalities lists them.'),
  RESOURCE_SESSION_NOT_FOUND: invalid(404, 'There is no such session.'),
  RESOURCE_CONFLICT: invalid(409, 'That already exists.'),
  RESOURCE_LIMIT_REACHED: forbidden('You have as many of these as this server allows. Delete some first.'),
  RESOURCE_IN_FLIGHT: row(
    409,
    'invalid_request_error',
    'A request with this Idempotency-Key is still being answered. Try again shortly.',
    true,
  ),
  RESOURCE_ELSEWHERE: row(
    409,
    'invalid_request_error',
    'This lives on another instance of this server. Connect again, until you reach that one.',
    true,
  ),

  TOOL_NOT_FOUND: invalid(404, 'There is no such tool. GET /v1/tools lists those you may use.'),
  TOOL_NOT_ALLOWED: forbidden('This tool may not be used here.'),
  TOOL_ARGUMENTS_INVALID: invalid(400, 'The arguments do not fit the tool.'),
  TOOL_APPROVAL_DENIED: forbidden('This call was not approved.'),
  TOOL_APPROVAL_TIMEOUT: forbidden('Nobody approved this call in time.'),
  TOOL_RATE_LIMITED: row(429, 'rate_limit_error', 'This tool was called too often. Wait and try again.', true),
  TOOL_FAILED: failing(502, 'The tool failed.'),
  TOOL_UNAVAILABLE: failing(503, 'The tool cannot be reached. Please try again in a moment.'),
  TOOL_TIMEOUT: failing(504, 'The tool took too long.'),

  RATE_LIMIT_EXCEEDED: row(429, 'rate_limit_error', 'Too many requests. Wait and try again.', true),

  ENGINE_REQUEST_REJECTED: invalid(400, 'The model rejected this request. Check its parameters and content.'),
  ENGINE_CONTEXT_LENGTH: invalid(400, "The conversation is longer than the model's context window. Shorten it."),
  ENGINE_TOOLS_UNSUPPORTED: invalid(
    400,
    'The model cannot call functions. Leave out the tools, or choose another model.',
  ),
  ENGINE_CAPABILITY_MISSING: invalid(400, 'The model cannot do what the request asks for.'),
  ENGINE_UNSUPPORTED: failing(501, 'The engine that this server is set up with cannot do that.', false),
  ENGINE_AUTH_FAILED: failing(502, 'The model provider refused the credentials of this server.', false),
  ENGINE_FAILED: failing(502, 'The model provider failed. Please try again.'),
  ENGINE_BAD_RESPONSE: failing(502, 'The model provider gave an answer that could not be understood.'),
  ENGINE_STREAM_CUT: failing(502, 'The model provider broke off in the middle of its answer.'),
  ENGINE_RATE_LIMITED: failing(503, 'The model provider is busy. Please try again in a moment.'),
  ENGINE_UNAVAILABLE: failing(503, 'The model provider cannot be reached. Please try again in a moment.'),
  ENGINE_TIMEOUT: failing(504, 'The model provider took too long to answer. Please try again.'),

  STORAGE_UNAVAILABLE: failing(503, 'The database cannot be reached. Please try again in a moment.'),

  INTERNAL_ERROR: failing(500, 'Something went wrong on this server.', false),
  INTERNAL_SHUTTING_DOWN: failing(503, 'This server is shutting down. Please try again.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;
