import { existsSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { ConnectionStream } from './connection-stream.js';
import { openDataDirectory } from './data-directory.js';
import { lockDataDirectory } from './data-directory-lock.js';
import type { EmbeddedDatabaseError } from './embedded-database.error.js';
import { PgliteWorker } from './pglite-worker.js';
import { SharedSession } from './shared-session.js';
import { parameterStatuses, query, startup } from './wire-protocol.js';

export interface EmbeddedPostgresOptions {
  /** Folder for the database, made if need be; none: in memory, gone with the process. */
  dataDir?: string;
  /** A file made by `dump()`: what a new database starts from, which is faster than initialising one. May be missing. */
  seedFile?: string;
  /** How long a statement waits for another connection's transaction, in ms, before it fails with 55P03. */
  lockTimeoutMs?: number;
}

/** A PostgreSQL inside this process, for the ordinary `pg` driver. */
export interface EmbeddedPostgres {
  /** For `new pg.Pool(...)`, or TypeORM's `extra`. */
  poolConfig: { stream: () => Duplex; user: string; database: string; password: string; host: string };
  /** The whole database as a gzipped tar; waits for running transactions. */
  dump(): Promise<Uint8Array>;
  /** Rolls back what is open, shuts the database down and frees its folder; idempotent. End the pools first. */
  close(): Promise<void>;
  /** Calls `listener` if the database dies: its connections have failed and new ones will, until a restart. */
  onCrash(listener: (error: EmbeddedDatabaseError) => void): void;
}

const DEFAULT_LOCK_TIMEOUT_MS = 30_000;

/**
 * Starts PostgreSQL inside this process: PGlite in a worker thread. It takes 1 to 15 seconds, the first start of a
 * folder being the longest. Rejects with EmbeddedDatabaseError when the folder is in use or cannot be written, or when
 * the database does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const { dataDir, seedFile, lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
  if (dataDir === undefined) {
    return serve(await PgliteWorker.start({ seedFile: existing(seedFile) }), lockTimeoutMs, () => Promise.resolve());
  }
  const lock = await lockDataDirectory(dataDir);
  try {
    const worker = await startInFolder(dataDir, seedFile);
    return await serve(worker, lockTimeoutMs, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startInFolder(dataDir: string, seedFile: string | undefined): Promise<PgliteWorker> {
  const { cluster, fresh, markComplete } = openDataDirectory(dataDir);
  const seed = fresh ? existing(seedFile) : undefined;
  const worker = await PgliteWorker.start({ dataDir: cluster, fresh, seedFile: seed });
  if (fresh) markComplete();
  return worker;
}

function existing(file: string | undefined): string | undefined {
  return file !== undefined && existsSync(file) ? file : undefined;
}

async function serve(
  worker: PgliteWorker,
  lockTimeoutMs: number,
  release: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const greeting = parameterStatuses(await worker.run(startup({ user: 'postgres', database: 'postgres' })));
  const session = new SharedSession(worker, { greeting, lockTimeoutMs });
  worker.onCrash((error) => session.fail(error));
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await session.close();
    await worker.close();
    await release();
  };
  return {
    poolConfig: {
      stream: () => new ConnectionStream(session),
      user: 'postgres',
      database: 'postgres',
      // `pg` looks for a password file if it has none.
      password: 'none',
      host: 'embedded',
    },
    dump: () =>
      session.exclusively(async () => {
        await session.run(query('CHECKPOINT'));
        return worker.dump();
      }),
    close: () => (closed ??= close()),
    onCrash: (listener) => worker.onCrash(listener),
  };
}
