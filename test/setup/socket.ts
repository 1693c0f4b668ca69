import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';

/** A connected client; its own to close. */
export async function connected(
  url: string,
  namespace: string,
  token: string,
  options: { transports?: string[]; extraHeaders?: Record<string, string> } = {},
): Promise<Socket> {
  const socket = io(url + namespace, { auth: { token }, transports: ['websocket'], forceNew: true, ...options });
  await once(socket as never, 'connect');
  return socket;
}

/** As `connected`, by what is given as `auth`. */
export async function connectedWith(url: string, namespace: string, auth: Record<string, string>): Promise<Socket> {
  const socket = io(url + namespace, { auth, transports: ['websocket'], forceNew: true, reconnectionDelay: 50 });
  await once(socket as never, 'connect');
  return socket;
}

/** The body of the next event of a name, `error` too; to be asked for before the event can come. */
export const nextEvent = <Body>(socket: Socket, name: string): Promise<Body> =>
  new Promise((resolve) => {
    socket.once(name, (body: Body) => resolve(body));
  });

/** The refusal of a handshake. */
export async function refusalOf(
  url: string,
  namespace: string,
  auth: Record<string, unknown>,
  extraHeaders: Record<string, string> = {},
): Promise<{ message: string; data?: { code: string } }> {
  const options = { auth, extraHeaders, transports: ['websocket'], forceNew: true, reconnection: false };
  const socket = io(url + namespace, options);
  try {
    const [error] = (await once(socket as never, 'connect_error')) as [{ message: string; data?: { code: string } }];
    return error;
  } finally {
    socket.close();
  }
}
