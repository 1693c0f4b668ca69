import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

/** An event as it came; tests read it by its documented names. */
// oxlint-disable-next-line typescript/no-explicit-any
export type SocketEvent = any;

/** A WebSocket of a test, whose events are read in order. */
export class TestSocket {
  readonly events: SocketEvent[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private wake: (() => void) | undefined;
  private read = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.events.push(JSON.parse(data.toString('utf8')));
      this.wake?.();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.wake?.();
      });
    });
  }

  /** Rejects with the status and body of a refusal. */
  static async open(
    url: string,
    path: string,
    { headers = {}, protocols = [] }: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<TestSocket> {
    const socket = new WebSocket(url.replace(/^http/, 'ws') + path, protocols, { headers });
    const refused = new Promise<never>((_resolve, reject) => {
      socket.once('unexpected-response', (_request, response) => void refusalOf(response).then(reject));
      socket.once('error', (error) => reject(error));
    });
    const test = new TestSocket(socket);
    await Promise.race([once(socket, 'open'), refused]);
    return test;
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  send(message: object | Buffer): void {
    this.socket.send(Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** The next event of this type; those before it are passed over. */
  async next(type: string): Promise<SocketEvent> {
    for (;;) {
      for (; this.read < this.events.length; this.read++) {
        if (this.events[this.read].type === type) return this.events[this.read++];
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed before ${type}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  leave(): void {
    this.socket.close();
  }
}

async function refusalOf(response: IncomingMessage): Promise<Error> {
  const body = Buffer.concat(await response.toArray()).toString('utf8');
  return Object.assign(new Error('refused'), { status: response.statusCode, body: JSON.parse(body) as unknown });
}
