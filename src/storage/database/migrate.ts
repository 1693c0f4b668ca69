import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Logger } from '../../core/logging/logger.js';

/** Any constant: the advisory lock that instances starting together take turns on. */
const MIGRATION_LOCK = 7_263_451;
const LOCK_WAIT_MS = 120_000;
const POLL_MS = 250;

/** Brings the schema up to date; of several instances that start at once, one does it and the others wait. */
export async function migrate(dataSource: DataSource, options: { exclusive: boolean; logger: Logger }): Promise<void> {
  if (!options.exclusive) return runPending(dataSource, options.logger);
  const runner = dataSource.createQueryRunner();
  try {
    await lock(async () => {
      const rows: unknown = await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK]);
      return (rows as { locked: boolean }[])[0]?.locked === true;
    });
    try {
      await runPending(dataSource, options.logger);
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

async function runPending(dataSource: DataSource, logger: Logger): Promise<void> {
  const done = await dataSource.runMigrations();
  if (done.length > 0) logger.info('Database migrated', { migrations: done.map((migration) => migration.name) });
}
