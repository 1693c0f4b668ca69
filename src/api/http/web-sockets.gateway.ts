import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type WebSocket, WebSocketServer } from 'ws';
import { ApiSection } from '../../core/config/sections/api.section.js';
import type { Scope } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { Logger } from '../../core/logging/logger.js';
import { runInRequest } from '../../core/logging/request-context.js';
import { HttpMetrics } from '../../core/metrics/http-metrics.js';
import { SocketMetrics } from '../../core/metrics/socket-metrics.js';
import { requestIdFrom } from '../../core/util/request-id.js';
import type { SocketAccess } from '../../orchestration/auth/socket-access.service.js';
import { asCozyError } from '../errors/error-body.js';
import { isOriginAllowed } from '../realtime/handshake.js';
import { clientAddress } from './client-address.js';
import { answerRaw, answerUnderWay } from './raw-answer.js';
import { offeredProtocols, socketCredential } from './socket-credential.js';
import { WebSocketConnection } from './web-socket-connection.js';

/** Sign-in, expiry and suspension are looked at again so often, and dead peers found. */
const RECHECK_MS = 30_000;
/** Paths whose upgrades somebody else answers, with a listener of its own. */
const ELSEWHERE = ['/socket.io/'];

const NO_HANDSHAKE =
  'This is no WebSocket handshake. It needs "Upgrade: websocket", a Sec-WebSocket-Key of 16 bytes in base64, and only ' +
  'names in Sec-WebSocket-Protocol, none of them twice.';

/** Not every request target is a URL: `//` is none, for one. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://localhost';
  if (!URL.canParse(url, base)) throw new CozyError('VALIDATION_MALFORMED_HTTP');
  return new URL(url, base);
}

/** What is wrong with a handshake that `ws` takes for none. */
function handshakeFault({ method, headers }: IncomingMessage, cause: Error): CozyError {
  if (method !== 'GET') return new CozyError('RESOURCE_ROUTE_NOT_FOUND');
  const isKnown = [13, 8].includes(Number(headers['sec-websocket-version']));
  if (!isKnown) return new CozyError('VALIDATION_WEBSOCKET_VERSION', { cause });
  return new CozyError('VALIDATION_MALFORMED_HTTP', { message: NO_HANDSHAKE, cause });
}

/** One address that WebSockets may be opened at. */
export interface WebSocketRoute {
  /** Below the host, such as `/v1/audio/stt/stream`; `/api` before it is another name. */
  path: string;
  /** What an API key needs. */
  scope: Scope;
  /** Bytes of one message; a longer one closes the connection. */
  largestMessage: number;
  /** Subprotocols that are answered where the client offers them. */
  protocols?: readonly string[];
  /** Lets the client in, or throws; `SocketAccessService.admit` in most cases. */
  admit: (credential: string | undefined, address: string) => Promise<SocketAccess>;
  open: (connection: WebSocketConnection) => void;
  /** What runs on it ends by itself when the server shuts down, and closes it; else it is closed at once. */
  endsItself?: boolean;
}

/** Every WebSocket of this server but Socket.IO's: who may come in, and how long they may stay. */
@Injectable()
export class WebSockets {
  private readonly routes = new Map<string, { route: WebSocketRoute; server: WebSocketServer }>();
  private readonly open = new Map<WebSocketConnection, WebSocketRoute>();
  private readonly addressOf: (request: IncomingMessage) => string;

  constructor(
    private readonly section: ApiSection,
    private readonly lifecycle: Lifecycle,
    private readonly httpMetrics: HttpMetrics,
    private readonly metrics: SocketMetrics,
    private readonly logger: Logger,
  ) {
    this.addressOf = clientAddress(section.trust_proxy);
    lifecycle.onDrain(() => {
      for (const [connection, { endsItself }] of this.open) if (!endsItself) connection.close(1001, 'shutting down');
    });
    lifecycle.onEndOfGrace(() => {
      for (const connection of this.open.keys()) connection.terminate();
    });
  }

  serve(route: WebSocketRoute): void {
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: route.largestMessage,
      perMessageDeflate: false,
      handleProtocols: (offered) => route.protocols?.find((name) => offered.has(name)) ?? [...offered][0] ?? false,
    });
    // Thrown through `handleUpgrade`, to be refused as all else is; the library would answer in HTML.
    server.on('wsClientError', (cause: Error, _socket: Duplex, request: IncomingMessage) => {
      throw handshakeFault(request, cause);
    });
    this.routes.set(route.path, { route, server });
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const requestId = requestIdFrom(request.headers['x-request-id']);
      // Never taken off: before the socket is somebody's, and once it is refused, nobody else listens to its errors.
      socket.on('error', () => socket.destroy());
      // Asked behind a request that is still being answered: the handshake would come in the middle of that answer.
      if (answerUnderWay(socket)) socket.destroy();
      if (socket.destroyed || ELSEWHERE.some((prefix) => request.url?.startsWith(prefix))) return;
      const accepted = runInRequest({ request_id: requestId }, () => this.accept({ request, socket, head }, requestId));
      accepted.catch((error: unknown) => this.refuse(socket, error, requestId));
    });
  }

  private async accept(
    { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
    requestId: string,
  ): Promise<void> {
    const url = urlOf(request);
    const found = this.routes.get(url.pathname.replace(/^\/api(?=\/v1\/)/, '').replace(/(?<=.)\/$/, ''));
    if (!found) throw new CozyError('RESOURCE_ROUTE_NOT_FOUND');
    if (this.lifecycle.draining) throw new CozyError('INTERNAL_SHUTTING_DOWN');
    if (!isOriginAllowed(request.headers, this.section.allowed_origins)) {
      throw new CozyError('AUTH_FORBIDDEN', { message: 'Pages of this origin may not connect.' });
    }
    const { route, server } = found;
    const access = await route.admit(socketCredential(request.headers, url.searchParams), this.addressOf(request));
    const { scopes } = access.principal;
    if (scopes !== null && !scopes.includes(route.scope)) {
      throw new CozyError('AUTH_SCOPE_MISSING', { details: { needed: [route.scope] } });
    }
    // A subprotocol that carried a credential must be answered by none.
    request.headers['sec-websocket-protocol'] = offeredProtocols(request.headers).join(', ') || undefined;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new WebSocketConnection(webSocket, access, requestId, url.searchParams);
      this.keep(webSocket, connection, route);
      route.open(connection);
    });
  }

  private keep(socket: WebSocket, connection: WebSocketConnection, route: WebSocketRoute): void {
    const { path } = route;
    const { userId } = connection.access.principal;
    const startedAt = performance.now();
    this.open.set(connection, route);
    this.metrics.opened(path);
    let isAlive = true;
    socket.on('pong', () => (isAlive = true));
    const timer = setInterval(() => {
      if (!isAlive) socket.terminate();
      isAlive = false;
      socket.ping();
      void this.recheck(connection);
    }, RECHECK_MS);
    const release = connection.access.onChange(() => void this.recheck(connection));
    socket.once('close', (code) => {
      release();
      clearInterval(timer);
      this.open.delete(connection);
      this.metrics.closed(path);
      const latency = Math.round(performance.now() - startedAt);
      const ids = { request_id: connection.requestId, user_id: userId };
      this.logger.trusted('websocket', { ...ids, route: path, status: code, latency_ms: latency });
    });
  }

  /** While the stores are away nobody is turned out: what held half a minute ago is believed. */
  private async recheck(connection: WebSocketConnection): Promise<void> {
    try {
      await connection.access.recheck();
    } catch (thrown) {
      const error = asCozyError(thrown);
      if (error.code.startsWith('AUTH_')) connection.fail(error);
      else this.logger.warn('A connection could not be checked again', { code: error.code }, thrown);
    }
  }

  private refuse(socket: Duplex, thrown: unknown, requestId: string): void {
    const error = asCozyError(thrown);
    if (error.code.startsWith('AUTH_')) this.httpMetrics.refused(error.code);
    if (error.code === 'INTERNAL_ERROR') this.logger.error('A connection failed', { code: error.code }, thrown);
    answerRaw(socket, error, requestId);
  }
}
