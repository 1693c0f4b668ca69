import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { errorBody } from '../errors/error-body.js';

const CODE_OF: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'VALIDATION_HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'VALIDATION_REQUEST_TIMEOUT',
};

/** Ten times what browsers and proxies send. Node drops those beyond 2,000 in silence, a proxy's last ones among them. */
const MOST_HEADERS = 200;

const isTarget = (target: string): boolean =>
  target.startsWith('/') || target === '*' || (/^https?:\/\//i.test(target) && URL.canParse(target));

/**
 * What is wrong with a request that Node lets pass: express has no path for its target, and would answer it by itself,
 * past limits and log; or two readers of its headers may see two requests (RFC 9112, 3.2).
 */
export function requestFault({ url = '', rawHeaders }: IncomingMessage): ErrorCode | undefined {
  const names = rawHeaders.filter((_, at) => at % 2 === 0);
  if (names.length > MOST_HEADERS) return 'VALIDATION_HEADERS_TOO_LARGE';
  const hosts = names.filter((name) => name.toLowerCase() === 'host').length;
  return hosts > 1 || !isTarget(url) ? 'VALIDATION_MALFORMED_HTTP' : undefined;
}

/** The answer to what is no HTTP, or no HTTP any more: there is no response to write it with. */
export function answerRaw(socket: Duplex, error: CozyError, requestId: string = randomUUID()): void {
  const body = JSON.stringify(errorBody(error, requestId));
  const { status } = error.row;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      ...(error.retryAfterSeconds === undefined ? [] : [`Retry-After: ${error.retryAfterSeconds}`]),
      ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** Errors that Node finds before there is a request get the one error shape, too. */
export function answerProtocolErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    answerRaw(socket, new CozyError(CODE_OF[error.code ?? ''] ?? 'VALIDATION_MALFORMED_HTTP', { cause: error }));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    answerRaw(socket, new CozyError('RESOURCE_ROUTE_NOT_FOUND'));
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const requestId = randomUUID();
    const error = new CozyError('VALIDATION_EXPECTATION');
    response.writeHead(error.row.status, {
      'Content-Type': 'application/json; charset=utf-8',
      'X-Request-Id': requestId,
    });
    response.end(JSON.stringify(errorBody(error, requestId)));
  });
}
