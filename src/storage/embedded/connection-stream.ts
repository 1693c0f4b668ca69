import { Duplex } from 'node:stream';
import type { SharedSession } from './shared-session.js';
import type { WireConnection } from './wire-connection.js';

/** What the `pg` driver takes for a socket: it writes and reads wire protocol, and the shared session answers. */
export class ConnectionStream extends Duplex {
  readonly #session: SharedSession;
  #connection: WireConnection | null = null;

  constructor(session: SharedSession) {
    super();
    this.#session = session;
  }

  /** Called by `pg`; port and host mean nothing here. */
  connect(): this {
    this.#connection = this.#session.connect({
      send: (bytes) => {
        if (!this.destroyed && !this.readableEnded) this.push(bytes);
      },
      end: () => {
        if (!this.destroyed) this.push(null);
      },
      fail: (error) => this.destroy(error),
    });
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** The worker keeps the process alive until `close()`, not the single connections. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed when they come; they are in memory already, so there is nothing to hold back.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#connection?.receive(chunk);
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    void this.#connection?.close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#connection?.close();
    done(error);
  }
}
