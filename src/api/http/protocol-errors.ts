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
