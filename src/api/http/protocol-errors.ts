import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NextFunction, Request, Response } from 'express';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { answerRaw, answerUnderWay, isRefused } from './raw-answer.js';

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
 * past limits and log; it names no host; or two readers of its headers may see two requests (RFC 9112, 3.2).
 */
function requestFault({ url = '', rawHeaders, httpVersion }: IncomingMessage): ErrorCode | undefined {
  const names = rawHeaders.filter((_, at) => at % 2 === 0);
  if (names.length > MOST_HEADERS) return 'VALIDATION_HEADERS_TOO_LARGE';
  const hosts = names.filter((name) => name.toLowerCase() === 'host').length;
  const isHostless = hosts === 0 && httpVersion === '1.1';
  return hosts > 1 || isHostless || !isTarget(url) ? 'VALIDATION_MALFORMED_HTTP' : undefined;
}

const faults = new WeakMap<IncomingMessage, ErrorCode>();
/** Sockets that a faulty request came on: what follows it may be part of it. */
const distrusted = new WeakSet<Duplex>();
/** Where faulty requests go: express has a path for it, and its address is limited. */
const FAULTY = '/v1/malformed';

/**
 * Marks a faulty request, which goes the way of all others until `refuseFaults`, and is the last of its connection.
 * False for what follows it there, which must not be looked at.
 */
export function admit(request: IncomingMessage, response: ServerResponse, fault = requestFault(request)): boolean {
  if (distrusted.has(request.socket)) return false;
  if (fault) {
    faults.set(request, fault);
    distrusted.add(request.socket);
    response.setHeader('Connection', 'close');
    request.url = FAULTY;
  }
  return true;
}

export function refuseFaults(request: Request, _response: Response, next: NextFunction): void {
  const fault = faults.get(request);
  next(fault && new CozyError(fault));
}

function refuse(socket: Duplex, error: CozyError): void {
  const answer = answerUnderWay(socket);
  if (!answer) {
    answerRaw(socket, error);
    return;
  }
  // Only what is wrong with the body of the very request that is being answered may be told in place of its answer.
  if (answer.req.complete || answer.headersSent) {
    socket.destroy();
    return;
  }
  // For its line in the log. Nothing is written to it: who answers it may yet begin to.
  answer.statusCode = error.row.status;
  answerRaw(socket, error, answer.getHeader('X-Request-Id')?.toString());
}

/** Errors that Node finds before there is a request, or in its body, get the one error shape, too. */
export function answerProtocolErrors(server: Server): void {
  server.on('clientError', (cause: NodeJS.ErrnoException, socket) => {
    if (cause.code === 'ECONNRESET') socket.destroy();
    // After a last answer, Node tells of every further byte.
    else if (!isRefused(socket) && !distrusted.has(socket))
      refuse(socket, new CozyError(CODE_OF[cause.code ?? ''] ?? 'VALIDATION_MALFORMED_HTTP', { cause }));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuse(socket, new CozyError('RESOURCE_ROUTE_NOT_FOUND'));
  });
}
