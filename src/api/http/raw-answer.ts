import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CozyError } from '../../core/errors/cozy.error.js';
import { errorBody } from '../errors/error-body.js';

/** How long a client that was refused may take to read that, and to end its side. */
const LINGER_MS = 2000;

/** What else these statuses must say (RFC 9110, 11.6.1 and 15.5.22; RFC 6455, 4.2.2). */
const MORE_HEADERS: Readonly<Record<number, string[]>> = {
  401: ['WWW-Authenticate: Bearer'],
  426: ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13, 8'],
};

const lingering = new WeakSet<Duplex>();

/** Whether this socket has had its last answer, and will be closed. */
export const isRefused = (socket: Duplex): boolean => lingering.has(socket);

/**
 * The answer that a socket is at, where requests came in that have not been answered to the end. Node tells nobody, and
 * its own handler of `clientError` looks at the same field.
 */
export const answerUnderWay = (socket: Duplex): ServerResponse | undefined =>
  // oxlint-disable-next-line no-underscore-dangle -- Node's own name for it
  (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;

/**
 * The last answer on a socket, to what is no HTTP, or no HTTP any more: there is no response to write it with, and nobody
 * else cares for the socket. Not where another answer is under way: it would be taken for that.
 */
export function answerRaw(socket: Duplex, error: CozyError, requestId: string = randomUUID()): void {
  // Never taken off: a reset may come until the socket is closed, and without a listener it would end the process.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  lingering.add(socket);
  // Closed with bytes unread, the connection would be reset, and the answer perhaps lost; unread, its end is never seen.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
  const body = JSON.stringify(errorBody(error, requestId));
  const { status } = error.row;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      ...(error.retryAfterSeconds === undefined ? [] : [`Retry-After: ${error.retryAfterSeconds}`]),
      ...(MORE_HEADERS[status] ?? []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
