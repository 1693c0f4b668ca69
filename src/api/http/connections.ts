import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The open connections of a server, and whether each is answering something. Node's own list of idle ones knows neither
 * those on which nothing was ever asked nor those that become idle later, and either would hold a shutdown up.
 */
export class Connections {
  private readonly answering = new Map<Socket, number>();
  private draining = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.answering.set(socket, 0);
      socket.once('close', () => this.answering.delete(socket));
    });
    // A socket that speaks another protocol now is ended by who speaks it.
    server.on('upgrade', ({ socket }: IncomingMessage) => this.answering.delete(socket));
    server.on('request', (request, response) => this.track(request, response));
  }

  /** Takes no new connections, and closes each when it has nothing left to answer. */
  drain(): void {
    this.draining = true;
    this.server.close();
    for (const [socket, answers] of this.answering) {
      if (answers === 0) socket.destroy();
    }
  }

  private track({ socket }: IncomingMessage, response: ServerResponse): void {
    this.answering.set(socket, (this.answering.get(socket) ?? 0) + 1);
    if (this.draining) response.setHeader('Connection', 'close');
    response.once('close', () => {
      const left = (this.answering.get(socket) ?? 1) - 1;
      if (this.answering.has(socket)) this.answering.set(socket, left);
      if (this.draining && left === 0) socket.end(() => socket.destroy());
    });
  }
}
