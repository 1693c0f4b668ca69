import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ApiSection } from '../../core/config/sections/api.section.js';
import type { Principal, Scope } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { RealtimeMetrics } from '../../core/metrics/realtime-metrics.js';
import { TokenBucket } from '../../core/util/token-bucket.js';
import { newId } from '../../core/util/ids.js';
import { runInRequest } from '../../core/logging/request-context.js';
import { SocketAccessService } from '../../orchestration/auth/socket-access.service.js';
import { asCozyError } from '../errors/error-body.js';
import { clientAddress } from '../http/client-address.js';
import { boundedBody } from '../http/json-body.js';
import { type ClientNamespace, type ClientSocket, failureOf, letIn, roomOf, tell } from './client-socket.js';
import { credentialOf } from './handshake.js';
import { SocketWatch } from './socket-watch.js';

export interface DoorPolicy {
  /** An API key needs one of them to come in; what each message needs is asked again. */
  scopes: readonly Scope[];
  messagesPerSecond: number;
  /** Characters of a message that is no binary. */
  maxText: number;
}

/** How many messages too many before a socket that does not listen is closed. */
const PATIENCE = 100;

/** Stands before a namespace: Nest's guards are not asked when a socket connects. */
@Injectable()
export class SocketDoor {
  private readonly addressOf: (request: IncomingMessage) => string;

  constructor(
    private readonly access: SocketAccessService,
    private readonly watch: SocketWatch,
    private readonly metrics: RealtimeMetrics,
    section: ApiSection,
  ) {
    this.addressOf = clientAddress(section.trust_proxy);
  }

  /** To be called once, before anybody connects. */
  guard(namespace: ClientNamespace, policy: DoorPolicy): void {
    namespace.use((socket, next) => void this.answer(socket, policy, next));
    namespace.on('connection', (socket: ClientSocket) => this.receive(socket, policy));
  }

  private async answer(socket: ClientSocket, policy: DoorPolicy, next: (error?: Error) => void): Promise<void> {
    let refused: Error | undefined;
    try {
      await this.admit(socket, policy);
    } catch (thrown) {
      const error = asCozyError(thrown);
      this.metrics.asked(socket.nsp.name, error.code);
      refused = refusal(error);
    }
    next(refused);
  }

  private async admit(socket: ClientSocket, { scopes }: DoorPolicy): Promise<void> {
    const { recovered, data, handshake } = socket;
    // Whose connection was lost shows a secret of that connection, and its ticket was good for once.
    const kept = recovered ? data.ticket : null;
    const credential = credentialOf(handshake);
    if (!kept && credential === undefined) throw new CozyError('AUTH_REQUIRED', { message: WHERE_TO_SAY });
    const access = kept
      ? await this.access.reopen(kept)
      : await this.access.admit(credential, this.addressOf(socket.request));
    requireScope(access.principal, scopes);
    letIn(socket, access);
  }

  private receive(socket: ClientSocket, policy: DoorPolicy): void {
    const { userId } = socket.data.principal;
    void socket.join(roomOf(userId));
    this.metrics.asked(socket.nsp.name, socket.recovered ? 'recovered' : 'ok');
    this.metrics.opened(socket.nsp.name);
    socket.once('disconnect', () => this.metrics.gone(socket.nsp.name));
    this.watch.add(socket);
    // The one message of some sockets that passes the stores, from which a lost one is found again.
    if (!socket.recovered) socket.emit('welcome');
    bound(socket, policy, (code) => this.watch.close(socket, new CozyError(code)));
  }
}

const WHERE_TO_SAY =
  'Authentication is required. Send the access token or API key as auth.token, or a ticket as auth.ticket.';

export function requireScope({ scopes: held }: Principal, wanted: readonly Scope[]): void {
  if (held === null || wanted.some((scope) => held.includes(scope))) return;
  throw new CozyError('AUTH_SCOPE_MISSING', { details: { needed: wanted } });
}

/** What Socket.IO hands to the client as `connect_error`. */
function refusal(error: CozyError): Error {
  return Object.assign(new Error(error.message), { data: failureOf(error) });
}

/** Bounds how much and how often a socket says something, and gives each message a context for the log. */
function bound(
  socket: ClientSocket,
  { messagesPerSecond, maxText }: DoorPolicy,
  close: (code: 'VALIDATION_BODY_TOO_LARGE' | 'RATE_LIMIT_EXCEEDED') => void,
): void {
  const bucket = new TokenBucket(messagesPerSecond, Date.now());
  let refused = 0;
  const onPacket = ({ data }: { data?: unknown }) => {
    if (typeof data === 'string' && data.length > maxText) close('VALIDATION_BODY_TOO_LARGE');
  };
  socket.conn.on('packet', onPacket);
  socket.once('disconnect', () => socket.conn.off('packet', onPacket));
  socket.use((packet, next) => {
    const [event] = packet;
    if (bucket.take(Date.now())) {
      const flaw =
        socket.listenerCount(event) === 0 ? new CozyError('VALIDATION_FAILED', { message: UNKNOWN }) : clean(packet);
      if (flaw) refuse(socket, packet.at(-1), flaw);
      else runInRequest({ request_id: newId(), user_id: socket.data.principal.userId }, next);
      return;
    }
    refused += 1;
    if (refused > PATIENCE) close('RATE_LIMIT_EXCEEDED');
    else refuse(socket, packet.at(-1), new CozyError('RATE_LIMIT_EXCEEDED', { retryAfterSeconds: 1 }));
  });
}

const UNKNOWN = 'There is no such event.';

/** A body at least, every text storable and every object bounded, in place; what is wrong where it cannot be. */
function clean(packet: unknown[]): CozyError | undefined {
  const [, body] = packet;
  if (body === undefined || body === null || typeof body === 'function') packet.splice(1, body === null ? 1 : 0, {});
  try {
    for (const [at, value] of packet.entries()) {
      if (!Buffer.isBuffer(value) && typeof value !== 'function') packet[at] = boundedBody(value);
    }
    return undefined;
  } catch (error) {
    return asCozyError(error);
  }
}

/** To the one who asked where an acknowledgement was asked for, else as an event. */
export function refuse(socket: ClientSocket, acknowledge: unknown, error: CozyError): void {
  const failure = failureOf(error);
  if (typeof acknowledge === 'function') acknowledge({ ok: false, error: failure });
  else tell(socket, 'error', failure);
}
