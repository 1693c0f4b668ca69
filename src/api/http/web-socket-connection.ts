import type { WebSocket } from 'ws';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { SocketAccess } from '../../orchestration/auth/socket-access.service.js';
import { errorBody } from '../errors/error-body.js';

export type Message = { kind: 'binary'; bytes: Buffer } | { kind: 'text'; text: string };

/** Close codes: normal, going away, policy, too big; and as HTTP's 401. */
export type CloseCode = 1000 | 1001 | 1008 | 1009 | 1011 | 4401;

/** What waits to be sent; a client that takes nothing any more is let go rather than kept in memory. */
const MOST_WAITING_BYTES = 4_000_000;

/** One open WebSocket, after its client has been let in. */
export class WebSocketConnection {
  private readonly controller = new AbortController();
  /** How an error is told; a protocol of its own may want another shape. */
  errorEvent: (error: CozyError) => object = (error) => ({ type: 'error', ...errorBody(error, this.requestId) });
  /** Why it was closed from here, where it was for an error. */
  failure: CozyError | null = null;

  constructor(
    private readonly socket: WebSocket,
    readonly access: SocketAccess,
    readonly requestId: string,
    readonly query: URLSearchParams,
  ) {
    socket.once('close', () => this.controller.abort());
    // Broken frames and resets: `close` follows, and nobody else wants to know.
    socket.on('error', () => undefined);
  }

  /** Aborts when the connection is closed, by whomever. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** One message after the other. */
  onMessage(take: (message: Message) => void): void {
    this.socket.on('message', (data: Buffer, isBinary: boolean) =>
      take(isBinary ? { kind: 'binary', bytes: data } : { kind: 'text', text: data.toString('utf8') }),
    );
  }

  send(event: object): void {
    this.sendText(JSON.stringify(event));
  }

  /** JSON, made already. */
  sendText(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > MOST_WAITING_BYTES) {
      this.socket.terminate();
      return;
    }
    this.socket.send(text);
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** An error event; the connection stays. */
  sendError(error: CozyError): void {
    this.send(this.errorEvent(error));
  }

  close(code: CloseCode, reason: string): void {
    this.socket.close(code, reason);
  }

  /** Tells the error, and closes. */
  fail(error: CozyError): void {
    this.failure ??= error;
    this.sendError(error);
    this.close(error.row.status === 401 ? 4401 : 1008, error.code);
  }

  terminate(): void {
    this.socket.terminate();
  }
}
