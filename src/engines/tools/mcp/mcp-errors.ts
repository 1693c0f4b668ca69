import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { DeadlineEnd } from '../../../core/util/deadline.js';
import { boundedText } from './bounded-text.js';
import { isRecord } from './json-value.js';

const MOST_WORDS = 4000;

/** What an operator can act on when a program does not start or a host does not answer. */
const REASON_BY_CODE: Record<string, string> = {
  ENOENT: 'The program or its folder was not found. Check "command" and "cwd".',
  EACCES: 'The program may not be run. Check "command".',
  ECONNREFUSED: 'Nothing listens at its address.',
  ENOTFOUND: 'Its host name is not known. Check "url".',
  EAI_AGAIN: 'Its host name could not be resolved.',
  ECONNRESET: 'The connection was reset.',
  UND_ERR_CONNECT_TIMEOUT: 'Its address does not answer.',
  UND_ERR_SOCKET: 'The connection broke.',
};
const UNUSABLE_ADDRESS = 'Its address cannot be used: its port is blocked, or it holds a password. Check "url".';
/** Failures before the first byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Told in a server's place when the stream that should have held its answer breaks off. */
export const BROKEN_OFF = { code: -32_000, message: 'The connection broke.', data: { brokenOff: true } };

/** The server's program or connection has ended. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(
    message: string,
    /** Whether the request may have reached the server before. */
    readonly sent = true,
  ) {
    super(message);
  }
}

/** Why a server cannot be used, for an operator. Never the server's own words: they may hold secrets. */
export function reasonOf(error: unknown): string {
  if (error instanceof ConnectionLost) return error.message;
  if (SdkHttpError.isInstance(error)) return reasonOfStatus(error.status);
  if (isBrokenOff(error)) return BROKEN_OFF.message;
  if (ProtocolError.isInstance(error)) return `It refused the request with error ${error.code}.`;
  if (SdkError.isInstance(error)) return reasonOfSdk(error.code);
  if (isUnusableAddress(error)) return UNUSABLE_ADDRESS;
  const code = systemCodeOf(error);
  if (code !== undefined) return REASON_BY_CODE[code] ?? `It cannot be reached (${boundedText(code, 40)}).`;
  return 'It does not follow the protocol.';
}

function reasonOfStatus(status: number): string {
  if (status === 401 || status === 403) return `It refused the credentials (HTTP ${status}). Check "headers".`;
  if (status >= 300 && status < 400) return `It redirects elsewhere (HTTP ${status}). Check "url".`;
  return `It answered with HTTP ${status}.`;
}

function reasonOfSdk(code: SdkErrorCode): string {
  if (code === SdkErrorCode.RequestTimeout) return 'It did not answer in time.';
  if (code === SdkErrorCode.ConnectionClosed || code === SdkErrorCode.NotConnected) return 'The connection ended.';
  if (code === SdkErrorCode.EraNegotiationFailed) return 'It speaks no version of the protocol that this server knows.';
  return 'It does not follow the protocol.';
}

/**
 * What to tell a model of a call that failed otherwise than by its deadline or its caller. The cause goes to the log, so
 * it holds the reason only: a server's own words may repeat what people said.
 */
export function errorOfCall(error: unknown): CozyError {
  if (error instanceof CozyError) return error;
  const cause = new Error(reasonOf(error));
  if (isBrokenOff(error)) return new CozyError('TOOL_UNAVAILABLE', { cause });
  if (ProtocolError.isInstance(error)) {
    return new CozyError('TOOL_FAILED', { message: boundedText(error.message, MOST_WORDS), cause });
  }
  if (isProtocolBreach(error)) {
    return new CozyError('TOOL_FAILED', { message: 'The tool gave an answer that cannot be understood.', cause });
  }
  return new CozyError('TOOL_UNAVAILABLE', { cause });
}

const isBrokenOff = (error: unknown): boolean =>
  ProtocolError.isInstance(error) && isRecord(error.data) && error.data['brokenOff'] === true;

/** Whether the connection itself may be at fault, not what was said over it. */
export function isConnectionTrouble(error: unknown): boolean {
  return errorOfCall(error).code === 'TOOL_UNAVAILABLE';
}

/** The tool ran and says itself what went wrong. */
export function errorOfResult(text: string): CozyError {
  return new CozyError('TOOL_FAILED', text.trim() === '' ? {} : { message: boundedText(text, MOST_WORDS) });
}

function isProtocolBreach(error: unknown): boolean {
  if (!SdkError.isInstance(error) || SdkHttpError.isInstance(error)) return false;
  return error.code !== SdkErrorCode.ConnectionClosed && error.code !== SdkErrorCode.NotConnected;
}

/** Whether an HTTP server no longer knows the session: it has been restarted, or has let it go. */
export function isSessionGone(error: unknown): boolean {
  if (!SdkHttpError.isInstance(error)) return false;
  // The protocol says 404; many servers say 400 and name the session.
  return error.status === 404 || (error.status === 400 && /session|not initialized/i.test(error.message));
}

/** Whether the request cannot have reached the server, so that it may be sent once more without running twice. */
export function neverArrived(error: unknown): boolean {
  if (isSessionGone(error)) return true;
  if (error instanceof ConnectionLost) return !error.sent;
  if (SdkError.isInstance(error)) return error.code === SdkErrorCode.NotConnected;
  if (isUnusableAddress(error)) return true;
  const code = systemCodeOf(error);
  return code !== undefined && NEVER_SENT.has(code);
}

/** Whether a server answered the handshake, if only to refuse it: it may speak a later protocol. */
export function isRefusedHandshake(error: unknown): boolean {
  return ProtocolError.isInstance(error) || (SdkHttpError.isInstance(error) && [400, 404, 405].includes(error.status));
}

/** What `fetch` refuses without a code: ports that belong to other protocols, and passwords in the address. */
function isUnusableAddress(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const isBadPort = error.cause instanceof Error && error.cause.message === 'bad port';
  return isBadPort || error.message.startsWith('Request cannot be constructed from a URL');
}

/** The code of the system, which `fetch` hides among the causes. */
function systemCodeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
    if (at instanceof AggregateError && isRecord(at.errors[0])) return String(at.errors[0]['code']);
  }
  return undefined;
}

/** What to say of a call that was ended from outside; undefined for one that was not. */
export function errorOfEnd(end: DeadlineEnd | undefined, cause: unknown): CozyError | undefined {
  switch (end) {
    case undefined:
      return undefined;
    case 'timeout':
      return new CozyError('TOOL_TIMEOUT', { cause });
    case 'closing':
      return new CozyError('TOOL_UNAVAILABLE', { message: 'This server is shutting down.', cause });
    case 'caller':
      return new CozyError('TOOL_FAILED', { message: 'The call was cancelled.', cause });
  }
}
