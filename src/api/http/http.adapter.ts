import { createServer, IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { admit } from './protocol-errors.js';

/**
 * A request that is an upgrade only where it asks for a WebSocket, or for a tunnel. Node hands every other upgrade to the listeners for
 * WebSockets too, as soon as there are any; but Java's own client offers HTTP/2 with its first request (`Upgrade: h2c`)
 * and expects a plain answer from those who do not speak it (RFC 9110, 7.8).
 */
class WebRequest extends IncomingMessage {
  private asksToUpgrade: boolean | null = null;

  get upgrade(): boolean | null {
    return this.asksToUpgrade && (this.method === 'CONNECT' || /\bwebsocket\b/i.test(this.headers.upgrade ?? ''));
  }

  set upgrade(asks: boolean | null) {
    this.asksToUpgrade = asks;
  }
}

/** Express over a server that takes upgrades for what they are, and has it refuse what it cannot route. */
export class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const express: RequestListener = this.getInstance();
    // A request without a host is refused where all others are, in the one error shape.
    const options = { IncomingMessage: WebRequest, requireHostHeader: false };
    const server = createServer(options, (request, response) => {
      if (admit(request, response)) express(request, response);
    });
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      if (admit(request, response, 'VALIDATION_EXPECTATION')) express(request, response);
    });
    this.setHttpServer(server);
  }
}
