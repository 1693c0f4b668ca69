import { Injectable, Optional } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { CozyError } from '../../core/errors/cozy.error.js';
import { PoolMetrics } from '../../core/metrics/pool-metrics.js';
import { DatabaseConnection, poolOf } from './database.connection.js';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);
/** Connection failures, an administrator's shutdown, too many connections, a statement or lock over its time. */
const UNAVAILABLE_STATE = /^(08|57P|53)|^(57014|55P03|XX000)$/;

/** Whether a query failed because the database was away or overloaded, so that the same one may succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  if (typeof code === 'string') return UNREACHABLE.has(code) || UNAVAILABLE_STATE.test(code);
  return /timeout exceeded when trying to connect|Connection terminated|not queryable|pool after calling end/i.test(
    error.message,
  );
}

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && (error as Error & { code?: unknown }).code === '23505';

/** Whether a row was refused because the user whom it belongs to is gone. */
const isUserGone = (error: unknown): boolean =>
  error instanceof Error &&
  (error as Error & { code?: unknown }).code === '23503' &&
  (brokenConstraint(error)?.endsWith('_user_id_fkey') ?? false);

/** What a failed statement is told as, where callers must know. */
function translated(error: unknown): unknown {
  if (isUnavailable(error)) return new CozyError('STORAGE_UNAVAILABLE', { cause: error });
  if (isUserGone(error)) {
    return new CozyError('AUTH_ACCOUNT_INACTIVE', { message: 'This account has been deleted.', cause: error });
  }
  return error;
}

/** The constraint that a statement broke, as Postgres names it. */
export const brokenConstraint = (error: unknown): string | undefined =>
  error instanceof Error ? (error as Error & { constraint?: string }).constraint : undefined;

/** Runs one statement within a transaction. */
export type Sql = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>;

/**
 * Prepared SQL on TypeORM's own pool: one round trip a statement, planned once a connection. A database that cannot
 * be reached becomes STORAGE_UNAVAILABLE, a row of a user who is gone AUTH_ACCOUNT_INACTIVE; other errors pass through
 * for the repository that knows them.
 */
@Injectable()
export class Database {
  private readonly pool: Pool;

  private readonly lookUps: Pool;

  constructor(
    private readonly dataSource: DataSource,
    @Optional() connection?: DatabaseConnection,
    @Optional() metrics?: PoolMetrics,
  ) {
    this.pool = poolOf(dataSource);
    this.lookUps = connection?.lookUps ?? this.pool;
    metrics?.watch('main', this.pool);
    if (connection?.lookUps) metrics?.watch('look_ups', connection.lookUps);
  }

  /** `name` must be unique to `text`: it is the prepared statement's name. */
  async query<Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return rowsFrom<Row>(this.pool, name, text, values);
  }

  /**
   * For reads that a turn can do without. They run on connections of their own and are cancelled when they take longer
   * than any engine may: where they hang, nothing else does.
   */
  async lookUp<Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return rowsFrom<Row>(this.lookUps, name, text, values);
  }

  /** The first row, or undefined. */
  async one<Row extends object>(name: string, text: string, values: unknown[]): Promise<Row | undefined> {
    const [row] = await this.query<Row>(name, text, values);
    return row;
  }

  /** Several statements, all or nothing. Keep it short, and call nobody outside the database within. */
  async transaction<Result>(run: (sql: Sql) => Promise<Result>): Promise<Result> {
    try {
      return await this.dataSource.transaction((manager) => run((text, values) => manager.query(text, values)));
    } catch (error) {
      throw translated(error);
    }
  }

  /** Whether the schema is older than this program. */
  async migrationsPending(): Promise<boolean> {
    return this.dataSource.showMigrations();
  }
}

async function rowsFrom<Row extends object>(pool: Pool, name: string, text: string, values: unknown[]): Promise<Row[]> {
  try {
    const result = await pool.query<Row>({ name, text, values });
    return result.rows;
  } catch (error) {
    throw translated(error);
  }
}
