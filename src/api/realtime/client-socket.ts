import type { Namespace, Socket } from 'socket.io';
import type { Principal } from '../../core/domain/principal.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import { errorBody } from '../errors/error-body.js';

/** What a socket carries after it was let in. The credential is never logged nor sent. */
export interface SocketData {
  principal: Principal;
  credential: string;
}

type NoEvents = Record<string, (...args: unknown[]) => void>;

export type ClientSocket = Socket<NoEvents, NoEvents, NoEvents, SocketData>;
export type ClientNamespace = Namespace<NoEvents, NoEvents, NoEvents, SocketData>;

/** All devices of a user. */
export const roomOf = (userId: string): string => `user:${userId}`;

/** To this one socket and now, also while the stores that connect the instances are away. */
export function tell(socket: ClientSocket, event: string, ...args: unknown[]): void {
  socket.nsp.local.to(socket.id).emit(event, ...args);
}

/** As an acknowledgement and as the `error` event say it. */
export const failureOf = (error: CozyError) => errorBody(error, undefined).error;
