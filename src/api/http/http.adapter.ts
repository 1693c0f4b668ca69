import { createServer, IncomingMessage } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

/**
 * A request that is an upgrade only where it asks for a WebSocket. Node hands every other upgrade to the listeners for
 * WebSockets too, as soon as there are any; but Java's own client offers HTTP/2 with its first request (`Upgrade: h2c`)
 * and expects a plain answer from those who do not speak it (RFC 9110, 7.8).
 */
class WebRequest extends IncomingMessage {
  private asksToUpgrade: boolean | null = null;

  get upgrade(): boolean | null {
    return this.asksToUpgrade && /\bwebsocket\b/i.test(this.headers.upgrade ?? '');
  }

  set upgrade(asks: boolean | null) {
    this.asksToUpgrade = asks;
  }
}

/** Express over a server that takes upgrades for what they are. */
export class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.setHttpServer(createServer({ IncomingMessage: WebRequest }, this.getInstance()));
  }
}
