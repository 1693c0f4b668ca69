import { ERROR_TABLE, type ErrorCode, type ErrorRow } from './error-table.js';

export interface CozyErrorOptions {
  /** Overrides the table's words; must be fit for the caller's eyes. */
  readonly message?: string;
  /** The request field at fault, as a path. */
  readonly param?: string;
  /** Extra facts for the caller; never provider or database text. */
  readonly details?: Record<string, unknown>;
  /** For the log only. */
  readonly cause?: unknown;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** The only error that carries its own answer: a row of the error table, with words and details for the caller. */
export class CozyError extends Error {
  override readonly name = 'CozyError';
  readonly param: string | undefined;
  readonly details: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    options: CozyErrorOptions = {},
  ) {
    super(options.message ?? ERROR_TABLE[code].message, { cause: options.cause });
    this.param = options.param;
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get row(): ErrorRow {
    return ERROR_TABLE[this.code];
  }
}
