import { type SessionLock, SessionLockError } from './session-lock.js';
import { sessionStatementOf, withoutSideEffects, type SessionStatement } from './session-statements.js';
import { startupSettings } from './startup-settings.js';
import { prefixNames, statementUse } from './statement-names.js';
import {
  authenticationOk,
  backendKeyData,
  closeStatement,
  errorResponse,
  FrameReader,
  message,
  query,
  readyForQuery,
  SYNC,
  WireProtocolError,
  type Frame,
  type ServerAnswer,
  type StartupRequest,
} from './wire-protocol.js';

/** Where a connection's answers go. Calls after `end` or `fail` are ignored. */
export interface ConnectionOutput {
  send(bytes: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

/** What a connection needs of the session it shares with the others. */
export interface WireSession {
  readonly lock: SessionLock;
  readonly greeting: Buffer;
  readonly lockTimeoutMs: number;
  run(messages: Uint8Array): Promise<ServerAnswer>;
  applySettings(settings: Map<string, string>): Promise<string | null>;
  abort(reason: string): void;
  leave(id: number): void;
}

/** Messages that belong together: up to and with the one that makes the server answer. */
interface Batch {
  bytes: Buffer;
  /** Type of the last message. */
  end: string;
  /** Prepared statements to close first, by the server's name. */
  forget: string[];
}

/** What PostgreSQL understands; anything else would end the session, and with it every other connection. */
const KNOWN = new Set('QPBDECSHF');
const BATCH_ENDS = new Set('QSHF');
/** Rows for COPY FROM STDIN, which is always refused: the driver's own refusal may still arrive. */
const COPY_DATA = new Set('dcf');

/** Ends whatever a connection left behind: an open or failed transaction, or a pipeline without its Sync. */
const ABORT = Buffer.concat([query('ROLLBACK'), SYNC, query('ROLLBACK')]);

/**
 * PGlite waits for no further input: a COPY FROM STDIN would find the end of it, and PostgreSQL exit. So every batch
 * brings its CopyFail along, which PostgreSQL ignores when there is no COPY.
 */
const COPY_REFUSAL = message('f', 'COPY FROM STDIN is not possible in the embedded database');

const LOCK_TIMEOUT = '55P03';

/** One client of the shared session: reads its messages, runs them in its turn, and tidies up when it leaves. */
export class WireConnection {
  readonly id: number;
  readonly #session: WireSession;
  readonly #output: ConnectionOutput;
  readonly #reader = new FrameReader();
  readonly #prefix: string;
  readonly #channels = new Set<string>();
  readonly #statements = new Set<string>();
  #settings = new Map<string, string>();
  #pending: Buffer[] = [];
  #forget: string[] = [];
  #phase: 'starting' | 'open' | 'ending' | 'closed' = 'starting';
  /** After an error in a pipeline the server answers nothing until Sync. */
  #skipToSync = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(id: number, session: WireSession, output: ConnectionOutput) {
    this.id = id;
    this.#session = session;
    this.#output = output;
    this.#prefix = `c${id}_`;
  }

  /** Takes bytes from the client, in chunks of any size. */
  receive(chunk: Uint8Array): void {
    if (this.#isLeaving()) return;
    try {
      this.#reader.push(chunk);
      while (!this.#isLeaving() && this.#readOne());
    } catch (error) {
      if (!(error instanceof WireProtocolError)) throw error;
      void this.close(errorResponse('08P01', error.message, 'FATAL'));
    }
  }

  /** Passes a notification on if this connection listens on the channel. */
  notify(channel: string, bytes: Buffer): void {
    if (this.#channels.has(channel)) this.#output.send(bytes);
  }

  /**
   * Ends the connection; idempotent. A statement under way finishes, those not begun are dropped, an open transaction is
   * rolled back. Resolves when nothing of the connection is left in the session.
   */
  close(farewell?: Buffer): Promise<void> {
    if (this.#phase === 'closed') return this.#tail;
    this.#phase = 'closed';
    this.#session.leave(this.id);
    if (farewell) this.#output.send(farewell);
    this.#output.end();
    this.#enqueue(() => this.#cleanUp());
    return this.#tail;
  }

  /** Ends the connection with an error: the session is gone, there is nothing to tidy up. */
  fail(error: Error): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#session.leave(this.id);
    this.#output.fail(error);
  }

  #isLeaving(): boolean {
    return this.#phase === 'ending' || this.#phase === 'closed';
  }

  #readOne(): boolean {
    if (this.#phase === 'starting') {
      const request = this.#reader.nextStartup();
      if (request) this.#startUp(request);
      return request !== null;
    }
    const frame = this.#reader.next();
    if (frame) this.#receiveFrame(frame);
    return frame !== null;
  }

  #startUp(request: StartupRequest): void {
    switch (request.kind) {
      case 'encryption':
        this.#output.send(Buffer.from('N'));
        return;
      case 'cancel':
        // A statement cannot be interrupted; PostgreSQL too answers a cancel request by hanging up.
        void this.close();
        return;
      case 'startup':
        this.#phase = 'open';
        this.#settings = startupSettings(request.parameters);
        this.#enqueue(() => this.#greet());
    }
  }

  async #greet(): Promise<void> {
    const complaint = this.#settings.size === 0 ? null : await this.#trySettings();
    if (complaint) {
      void this.close(complaint);
      return;
    }
    const { greeting } = this.#session;
    this.#output.send(Buffer.concat([authenticationOk(), greeting, backendKeyData(this.id), readyForQuery('I')]));
  }

  /** Applies the startup settings once, so that a wrong one is refused at the door. */
  async #trySettings(): Promise<Buffer | null> {
    try {
      await this.#session.lock.acquire(this.id, this.#session.lockTimeoutMs);
    } catch (error) {
      return errorResponse(LOCK_TIMEOUT, this.#lockMessage(error), 'FATAL');
    }
    const complaint = await this.#session.applySettings(this.#settings);
    this.#session.lock.release(this.id);
    return complaint === null ? null : errorResponse('22023', complaint, 'FATAL');
  }

  #receiveFrame(frame: Frame): void {
    if (frame.type === 'X') {
      this.#phase = 'ending';
      this.#enqueue(async () => void this.close());
      return;
    }
    if (COPY_DATA.has(frame.type)) return;
    if (!KNOWN.has(frame.type)) throw new WireProtocolError(`message type ${JSON.stringify(frame.type)} is not known`);
    const statement = sessionStatementOf(frame);
    if (statement) this.#noteStatement(statement);
    const own = prefixNames(statement ? withoutSideEffects(frame, statement) : frame, this.#prefix);
    this.#noteUse(own);
    if (!BATCH_ENDS.has(frame.type)) {
      this.#pending.push(own.bytes);
      return;
    }
    this.#pending.push(...(frame.type === 'Q' ? [own.bytes, COPY_REFUSAL] : [COPY_REFUSAL, own.bytes]));
    const batch: Batch = { bytes: Buffer.concat(this.#pending), end: frame.type, forget: this.#forget };
    this.#pending = [];
    this.#forget = [];
    this.#enqueue(() => this.#execute(batch));
  }

  #noteStatement(statement: SessionStatement): void {
    if (statement.kind === 'listen') this.#channels.add(statement.channel);
    else if (statement.kind === 'unlisten' && statement.channel !== null) this.#channels.delete(statement.channel);
    else if (statement.kind !== 'deallocate') this.#channels.clear();
    if (statement.kind !== 'discard' && statement.kind !== 'deallocate') return;
    this.#forget.push(...this.#statements);
    this.#statements.clear();
  }

  #noteUse(frame: Frame): void {
    const use = statementUse(frame);
    if (use?.action === 'prepare') this.#statements.add(use.name);
    else if (use) this.#statements.delete(use.name);
  }

  async #execute(batch: Batch): Promise<void> {
    if (this.#phase === 'closed' || this.#skips(batch)) return;
    const { lock, lockTimeoutMs } = this.#session;
    try {
      await lock.acquire(this.id, lockTimeoutMs);
    } catch (error) {
      this.#refuse(batch, this.#lockMessage(error));
      return;
    }
    await this.#session.applySettings(this.#settings);
    if (batch.forget.length > 0) await this.#session.run(closeAll(batch.forget));
    const answer = await this.#session.run(batch.bytes);
    this.#output.send(answer.own);
    // After a Flush the pipeline goes on, inside a transaction that others must not enter.
    if (answer.status === 'I') lock.release(this.id);
    else if (answer.status === null && batch.end !== 'H') this.#session.abort('a statement got no answer');
  }

  #lockMessage(error: unknown): string {
    if (!(error instanceof SessionLockError)) throw error;
    return `the embedded database was held by another connection's transaction for more than ${this.#session.lockTimeoutMs} ms`;
  }

  #refuse(batch: Batch, text: string): void {
    this.#output.send(errorResponse(LOCK_TIMEOUT, text));
    if (batch.end === 'H') this.#skipToSync = true;
    else this.#output.send(readyForQuery('I'));
  }

  #skips(batch: Batch): boolean {
    if (!this.#skipToSync) return false;
    if (batch.end === 'S') {
      this.#skipToSync = false;
      this.#output.send(readyForQuery('I'));
    }
    return true;
  }

  async #cleanUp(): Promise<void> {
    const { lock } = this.#session;
    if (lock.isOwner(this.id)) await this.#session.run(ABORT);
    if (this.#statements.size > 0) {
      await lock.acquire(this.id, Infinity);
      await this.#session.run(closeAll(this.#statements));
    }
    lock.release(this.id);
  }

  /** Runs one thing after the other. What fails here is the session itself: the connection cannot go on. */
  #enqueue(task: () => Promise<void>): void {
    this.#tail = this.#tail.then(task).catch((error: unknown) => {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    });
  }
}

function closeAll(statements: Iterable<string>): Buffer {
  return Buffer.concat([...Array.from(statements, closeStatement), SYNC]);
}
