import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { AppSection } from '../../core/config/sections/app.section.js';
import type { StorageSection } from '../../core/config/sections/storage.section.js';
import { StartError } from '../../core/errors/start.error.js';
import type { Logger } from '../../core/logging/logger.js';
import { redactText } from '../../core/logging/redact.js';
import { createDataSource, type DatabaseTarget, SESSION_OPTIONS } from '../data-source.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/embedded-postgres.js';
import { migrate } from './migrate.js';
import { endSilentConnections } from './silent-connections.js';

/**
 * Connections to the embedded database share one session, so more of them only wait for each other. It is never away, and
 * a connection is there at once: who waits for one waits for statements, as long as they wait for somebody's transaction.
 */
const EMBEDDED_POOL = { poolSize: 5, connectTimeoutMs: 30_000 };

/** Connections for what turns look up, beside the pool's own. */
const LOOK_UP_SHARE = 0.25;

/** How long a server may be silent beyond the time after which it cancels a statement itself. */
const SILENCE_MS = 5000;

/** The running database: the DataSource, how else to reach it, and how to let go of it. */
export class DatabaseConnection {
  private closing: Promise<void> | undefined;

  constructor(
    readonly dataSource: DataSource,
    /** What a `pg` pool needs to reach the same database. */
    readonly poolConfig: object,
    private readonly embedded: EmbeddedPostgres | undefined,
    /** For statements that a turn can do without; see `lookUpPool`. */
    readonly lookUps?: Pool,
  ) {}

  get isEmbedded(): boolean {
    return this.embedded !== undefined;
  }

  /** From now on nobody waits for a server that says nothing for so long. The embedded one is this process itself. */
  endSilent(milliseconds: number): void {
    if (!this.embedded) endSilentConnections(poolOf(this.dataSource), milliseconds);
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    await this.lookUps?.end();
    await this.dataSource.destroy();
    await this.embedded?.close();
  }
}

/**
 * Connects to Postgres, the embedded one where no URL is given, and brings the schema up to date.
 *
 * @param lookUpTimeoutMs makes a pool for look-ups, whose statements may run no longer. The embedded database takes one
 *   statement at a time, and cannot cancel it: there it would be of no use.
 */
export async function connectDatabase(
  app: AppSection,
  storage: StorageSection,
  logger: Logger,
  lookUpTimeoutMs?: number,
): Promise<DatabaseConnection> {
  const embedded = storage.database_url ? undefined : await startEmbedded(app);
  const target: DatabaseTarget = storage.database_url
    ? { url: storage.database_url }
    : { poolConfig: (embedded as EmbeddedPostgres).poolConfig };
  const dataSource = createDataSource(target, {
    ...(embedded ? EMBEDDED_POOL : { poolSize: storage.pool_size, connectTimeoutMs: storage.connect_timeout_ms }),
    statementTimeoutMs: storage.statement_timeout_ms,
  });
  const poolConfig = 'url' in target ? { connectionString: target.url } : target.poolConfig;
  const lookUps = lookUpPool(storage, lookUpTimeoutMs);
  const connection = new DatabaseConnection(dataSource, poolConfig, embedded, lookUps);
  embedded?.onCrash((error) => logger.error('The embedded database died; restart the server', {}, error));
  try {
    await dataSource.initialize();
    await migrate(dataSource, { exclusive: !embedded, logger });
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    await embedded?.close();
    throw storage.database_url ? explain(error, storage.database_url) : error;
  }
  // Not before: some migrations take the time they need.
  connection.endSilent(storage.statement_timeout_ms + SILENCE_MS);
  return connection;
}

/**
 * A few connections of their own: where a search hangs, behind a lock or on a database that is busy, the server cancels
 * it once no turn waits for it any more, and the turns' own statements do not queue behind it.
 */
function lookUpPool(storage: StorageSection, timeoutMs: number | undefined): Pool | undefined {
  const { database_url: url, pool_size: size } = storage;
  if (url === undefined || timeoutMs === undefined) return undefined;
  const pool = new Pool({
    connectionString: url,
    max: Math.max(2, Math.ceil(size * LOOK_UP_SHARE)),
    statement_timeout: timeoutMs,
    connectionTimeoutMillis: timeoutMs,
    keepAlive: true,
    options: SESSION_OPTIONS,
    application_name: 'cozyengine look-ups',
  });
  // A connection that breaks while nobody uses it is replaced by the next one who needs one.
  pool.on('error', () => undefined);
  endSilentConnections(pool, timeoutMs + SILENCE_MS);
  return pool;
}

/** TypeORM's own. */
export const poolOf = (dataSource: DataSource): Pool => (dataSource.driver as unknown as { master: Pool }).master;

async function startEmbedded(app: AppSection): Promise<EmbeddedPostgres> {
  const seedFile = path.resolve(import.meta.dirname, '../../embedded-seed.tgz');
  ensureDirectory(app.data_dir);
  return startEmbeddedPostgres({ dataDir: path.join(app.data_dir, 'postgres'), seedFile });
}

function ensureDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `DATA_DIR: cannot write to ${path.resolve(directory)} (${code}). Make it writable for this user, or set DATA_DIR to another folder.`,
    );
  }
}

const ADVICE: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there; start Postgres or correct the address',
  ENOTFOUND: 'the host name is unknown; correct it',
  EAI_AGAIN: 'the host name cannot be resolved; correct it or check the DNS',
  ETIMEDOUT: 'no answer; check the address and the firewall',
  '28P01': 'the password is wrong',
  '28000': 'this user may not connect',
  '3D000': 'there is no such database; create it',
};

function explain(error: unknown, url: string): StartError {
  const { code, message } = error as Error & { code?: string };
  const reason = code ?? (/timeout/i.test(message) ? 'ETIMEDOUT' : 'error');
  return new StartError(
    `DATABASE_URL: cannot use the database at ${addressOf(url)} (${reason}): ${ADVICE[reason] ?? redactText(message)}. ` +
      'Without DATABASE_URL the embedded database is used.',
  );
}

/** Host, port and database of a URL; never its user or password. */
function addressOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'the given address';
  }
}
