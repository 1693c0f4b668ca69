import { SessionLock } from './session-lock.js';
import { settingsSql } from './startup-settings.js';
import { errorResponse, query, splitAnswer, type ServerAnswer } from './wire-protocol.js';
import { WireConnection, type ConnectionOutput, type WireSession } from './wire-connection.js';

/** Runs whole wire messages in the one database session, one call at a time, and gives all bytes of the answer. */
export interface SessionBackend {
  run(messages: Uint8Array): Promise<Buffer>;
  /** Gives the session up: its state is unknown. */
  abort(reason: string): void;
}

export interface SharedSessionOptions {
  /** ParameterStatus messages every new connection is greeted with. */
  greeting: Buffer;
  /** How long a statement waits for another connection's transaction, in ms. */
  lockTimeoutMs: number;
}

/**
 * One database session shared by many wire connections: it gives each its turn, its settings and its notifications.
 *
 * What the connections still share, because there is only one session: a bare `SET` (use `SET LOCAL`, or startup
 * parameters), `SET ROLE`, temporary tables, SQL-level PREPARE, and advisory locks (which therefore exclude nobody).
 */
export class SharedSession implements WireSession {
  readonly lock = new SessionLock();
  readonly greeting: Buffer;
  readonly lockTimeoutMs: number;
  readonly #backend: SessionBackend;
  readonly #connections = new Map<number, WireConnection>();
  #lastId = 0;
  #appliedSettings: string | null = settingsSql(new Map());
  #failure: Error | null = null;

  constructor(backend: SessionBackend, { greeting, lockTimeoutMs }: SharedSessionOptions) {
    this.#backend = backend;
    this.greeting = greeting;
    this.lockTimeoutMs = lockTimeoutMs;
  }

  /** A new connection that answers on `output`; after a failure it fails at once. */
  connect(output: ConnectionOutput): WireConnection {
    const connection = new WireConnection(++this.#lastId, this, output);
    if (this.#failure) connection.fail(this.#failure);
    else this.#connections.set(connection.id, connection);
    return connection;
  }

  /** For an answer that lacks what it must have: PGlite has lost its way, as after a stack overflow. */
  abort(reason: string): void {
    this.#backend.abort(reason);
  }

  leave(id: number): void {
    this.#connections.delete(id);
    this.lock.leave(id);
  }

  /** Runs messages for the owner of the lock and hands the notifications they cause to whoever listens. */
  async run(messages: Uint8Array): Promise<ServerAnswer> {
    const answer = splitAnswer(await this.#backend.run(messages));
    for (const { channel, bytes } of answer.notifications) {
      for (const connection of this.#connections.values()) connection.notify(channel, bytes);
    }
    return answer;
  }

  /** Gives the session these settings unless it has them already. Resolves to PostgreSQL's complaint, or null. */
  async applySettings(settings: Map<string, string>): Promise<string | null> {
    const sql = settingsSql(settings);
    if (sql === this.#appliedSettings) return null;
    // Unknown until the answer is here: RESET ALL may have worked and set_config not.
    this.#appliedSettings = null;
    const { error } = await this.run(query(sql));
    if (error === null) this.#appliedSettings = sql;
    return error;
  }

  /** Runs `work` while no connection has a statement or transaction under way; waits for its turn without limit. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const id = ++this.#lastId;
    await this.lock.acquire(id, Infinity).catch((error: unknown) => {
      throw this.#failure ?? error;
    });
    try {
      return await work();
    } finally {
      this.lock.release(id);
    }
  }

  /** Ends every connection with `error`; later ones fail at once. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.lock.close();
    for (const connection of this.#connections.values()) connection.fail(this.#failure);
  }

  /** Ends every connection in order: running statements finish, open transactions are rolled back. */
  async close(): Promise<void> {
    this.#failure ??= new Error('the embedded database is closed');
    const leaving = [...this.#connections.values()];
    await Promise.all(
      leaving.map((connection) =>
        connection.close(errorResponse('57P01', 'the embedded database is closing', 'FATAL')),
      ),
    );
  }
}
