import { Worker } from 'node:worker_threads';
import { EmbeddedDatabaseError } from './embedded-database.error.js';
import { spareMemory } from './spare-memory.js';

export interface PgliteWorkerOptions {
  /** Folder of the database cluster; none: in memory. */
  dataDir?: string;
  /** The folder holds no cluster yet. */
  fresh?: boolean;
  /** A file made by `dump()`, unpacked instead of initialising an empty cluster. */
  seedFile?: string;
}

/** PostgreSQL ends a runaway recursion at its own limit; with Node's 4 MB the thread would break before that. */
const STACK_MB = 64;

/** The request that is answered when PGlite is ready. */
const START = 0;

type Action = 'run' | 'dump';

interface Request {
  resolve: (bytes: Buffer) => void;
  reject: (error: Error) => void;
}

/** PGlite in a worker thread, seen from the main thread: requests go over as messages, in order. */
export class PgliteWorker {
  readonly #worker: Worker;
  readonly #requests = new Map<number, Request>();
  readonly #crashListeners: ((error: EmbeddedDatabaseError) => void)[] = [];
  readonly #ended: Promise<void>;
  readonly #startFailure: (reason: string) => string;
  #lastId = START;
  #closing = false;
  #crash: EmbeddedDatabaseError | null = null;

  private constructor(worker: Worker, options: PgliteWorkerOptions) {
    this.#worker = worker;
    this.#startFailure = (reason) => startFailure(options, reason);
    worker.on('message', (answer: { id: number; bytes: Uint8Array<ArrayBuffer> }) => this.#settle(answer));
    worker.on('error', (error) => this.#fail(error.message));
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.once('exit', (code) => this.#fail(`its thread ended with code ${code}`));
  }

  /** Starts PGlite, which takes seconds. Rejects with EmbeddedDatabaseError when it cannot. */
  static async start(options: PgliteWorkerOptions): Promise<PgliteWorker> {
    spareMemory();
    const script = new URL('./pglite.worker.mjs', import.meta.url);
    const resourceLimits = { stackSizeMb: STACK_MB };
    const worker = new PgliteWorker(
      new Worker(script, { workerData: options, name: 'pglite', resourceLimits }),
      options,
    );
    await new Promise<unknown>((resolve, reject) => worker.#requests.set(START, { resolve, reject }));
    return worker;
  }

  /** Runs whole wire messages and resolves to all bytes of the answer. */
  run(messages: Uint8Array): Promise<Buffer> {
    // A copy with a memory of its own: the buffers of `pg` are pooled and must not be handed to another thread.
    return this.#request('run', new Uint8Array(messages));
  }

  /** A gzipped tar of the data directory. */
  dump(): Promise<Buffer> {
    return this.#request('dump', new Uint8Array(0));
  }

  /** Ends the thread at once because PostgreSQL is in an unknown state; the crash listeners hear `reason`. */
  abort(reason: string): void {
    this.#fail(reason);
    void this.#worker.terminate();
  }

  /** Shuts PostgreSQL down after the requests already made and ends the thread; idempotent. */
  async close(): Promise<void> {
    if (!this.#closing) this.#worker.postMessage({ id: ++this.#lastId, action: 'close' }, []);
    this.#closing = true;
    await this.#ended;
  }

  /** Calls `listener` if the worker dies without having been asked to. */
  onCrash(listener: (error: EmbeddedDatabaseError) => void): void {
    if (this.#crash) listener(this.#crash);
    else this.#crashListeners.push(listener);
  }

  #request(action: Action, bytes: Uint8Array<ArrayBuffer>): Promise<Buffer> {
    if (this.#crash) return Promise.reject(this.#crash);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject });
      this.#worker.postMessage({ id, action, bytes }, [bytes.buffer]);
    });
  }

  #settle({ id, bytes }: { id: number; bytes: Uint8Array<ArrayBuffer> }): void {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    request?.resolve(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  #fail(reason: string): void {
    if (this.#crash || (this.#closing && this.#requests.size === 0)) return;
    const crash = new EmbeddedDatabaseError(
      this.#requests.has(START)
        ? this.#startFailure(reason)
        : `the embedded database stopped working: ${reason}; restart the program`,
    );
    this.#crash = crash;
    for (const { reject } of this.#requests.values()) reject(crash);
    this.#requests.clear();
    // A thread that ends because it was asked to is no crash, whatever was still asked of it.
    if (this.#closing) return;
    for (const listener of this.#crashListeners) listener(crash);
  }
}

function startFailure({ dataDir, fresh, seedFile }: PgliteWorkerOptions, reason: string): string {
  const where = dataDir === undefined ? '' : ` in ${dataDir}`;
  if (seedFile !== undefined) {
    return `the embedded database could not start${where} from ${seedFile} (${reason}): remove that file to start without it`;
  }
  const advice = dataDir === undefined || fresh ? '' : ': restore a backup of the folder, or set DATA_DIR to another';
  return `the embedded database could not start${where} (${reason})${advice}`;
}
