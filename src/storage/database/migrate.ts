import { setTimeout as delay } from 'node:timers/promises';
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import type { Logger } from '../../core/logging/logger.js';

/** Any constant: the advisory lock that instances starting together take turns on. */
const MIGRATION_LOCK = 7_263_451;
const LOCK_WAIT_MS = 120_000;
const POLL_MS = 250;
/** Behind a change that waits for a table all who want to read it wait, too: so it gives way, and comes again. */
const TABLE_WAIT = '2s';
const TABLE_PAUSE_MS = 1000;
/** A lock was waited for too long, or two waited for each other. */
const IN_USE = new Set<unknown>(['55P03', '40P01']);

/** Brings the schema up to date; of several instances that start at once, one does it and the others wait. */
export async function migrate(dataSource: DataSource, options: { exclusive: boolean; logger: Logger }): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    if (!options.exclusive) return await runPending(dataSource, runner, options.logger);
    await lock(async () => {
      const rows: unknown = await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK]);
      return (rows as { locked: boolean }[])[0]?.locked === true;
    });
    try {
      await runPending(dataSource, runner, options.logger);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  } finally {
    await runner.release();
  }
}

async function lock(tryLock: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + LOCK_WAIT_MS;
  while (!(await tryLock())) {
    if (Date.now() > deadline) throw new Error('another instance has been migrating the database for two minutes');
    await delay(POLL_MS);
  }
}

async function runPending(dataSource: DataSource, runner: QueryRunner, logger: Logger): Promise<void> {
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'each';
  const deadline = Date.now() + LOCK_WAIT_MS;
  await runner.query(`SET lock_timeout = '${TABLE_WAIT}'`);
  try {
    while (!(await tryPending(executor, logger, Date.now() > deadline))) await delay(TABLE_PAUSE_MS);
  } finally {
    await runner.query('RESET lock_timeout');
  }
}

/** False where a table is in use, and this was not the last try. What was done before that stays done. */
async function tryPending(executor: MigrationExecutor, logger: Logger, isLast: boolean): Promise<boolean> {
  try {
    const done = await executor.executePendingMigrations();
    if (done.length > 0) logger.info('Database migrated', { migrations: done.map((migration) => migration.name) });
    return true;
  } catch (error) {
    if (isLast || !IN_USE.has((error as { code?: unknown }).code)) throw error;
    logger.warn('A migration waits for a table that is in use');
    return false;
  }
}
