/** Every failure the page can show: the server's own words, and the id to quote when asking for help. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status = 0,
    readonly requestId: string | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

interface ErrorBody {
  error?: { message?: string; code?: string; request_id?: string };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Reads `{error: {message, code, request_id}}`, whether it came as a response or inside a stream. */
export function errorFromBody(body: unknown, status: number, headerId: string | null = null): ApiError {
  const error = (isRecord(body) ? (body as ErrorBody).error : undefined) ?? {};
  const message = error.message || `The server answered ${status || 'with an error'} and gave no reason.`;
  return new ApiError(message, error.code ?? 'UNKNOWN', status, error.request_id ?? headerId);
}

export async function errorFromResponse(response: Response): Promise<ApiError> {
  // A proxy in between may answer with HTML: the status is then all there is to say.
  const body: unknown = await response.json().catch(() => null);
  return errorFromBody(body, response.status, response.headers.get('x-request-id'));
}

/** What `fetch` throws says nothing to a person; what the server says is passed on as it is. */
export function toApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return new ApiError('The server took too long to answer. Please try again.', 'CLIENT_TIMEOUT');
  }
  if (cause instanceof TypeError) {
    return new ApiError('The server cannot be reached. Check your connection and try again.', 'CLIENT_NETWORK');
  }
  return new ApiError('Something went wrong on this page. Please try again.', 'CLIENT_UNEXPECTED');
}
