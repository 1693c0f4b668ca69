import type { Namespace, Socket } from 'socket.io';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { TicketClaims } from '../../orchestration/auth/access-token.service.js';
import type { SocketAccess } from '../../orchestration/auth/socket-access.service.js';
import { errorBody } from '../errors/error-body.js';

/** What a socket carries after it was let in, and finds again when it was lost: it may be kept in Redis meanwhile. */
export interface SocketData {
  principal: Principal;
  /** Where it was let in by one. */
  ticket: TicketClaims | null;
}

type NoEvents = Record<string, (...args: unknown[]) => void>;

export type ClientSocket = Socket<NoEvents, NoEvents, NoEvents, SocketData>;
export type ClientNamespace = Namespace<NoEvents, NoEvents, NoEvents, SocketData>;

/** Not among the data of the sockets: it holds what nobody may keep nor send. */
const accesses = new WeakMap<ClientSocket, SocketAccess>();

/** To be called once, when the socket is let in. */
export function letIn(socket: ClientSocket, access: SocketAccess): void {
  accesses.set(socket, access);
  socket.data.principal = access.principal;
  socket.data.ticket = access.ticket;
}

/** Throws an AUTH_* error where the socket may no longer be here. */
export async function recheck(socket: ClientSocket): Promise<Principal> {
  const access = accesses.get(socket);
  if (!access) throw new CozyError('AUTH_REQUIRED');
  return (socket.data.principal = await access.recheck());
}

/** Told when the credentials of the socket's user have changed; for as long as it lives. */
export function onAccessChange(socket: ClientSocket, listener: () => void): void {
  const release = accesses.get(socket)?.onChange(listener);
  if (release) socket.once('disconnect', release);
}

/** All devices of a user. */
export const roomOf = (userId: string): string => `user:${userId}`;

/** To this one socket and now, also while the stores that connect the instances are away. */
export function tell(socket: ClientSocket, event: string, ...args: unknown[]): void {
  socket.nsp.local.to(socket.id).emit(event, ...args);
}

/** As `tell`, but not kept for a socket that may come back: sound, which nobody wants late. */
export function tellOnce(socket: ClientSocket, event: string, body: unknown): void {
  // `emit` keeps it, and a volatile one is dropped where it follows another at once.
  const sender = socket as unknown as { packet: (packet: object, flags: object) => void };
  sender.packet({ type: EVENT_PACKET, data: [event, body] }, {});
}

/** Of Socket.IO's protocol. */
const EVENT_PACKET = 2;

/** How much waits for a client who does not read. */
export const waitingPackets = (socket: ClientSocket): number =>
  (socket.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length;

/** As an acknowledgement and as the `error` event say it. */
export const failureOf = (error: CozyError) => errorBody(error, undefined).error;
