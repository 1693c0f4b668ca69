import type { QueryRunner } from 'typeorm';

/**
 * Builds indexes beside running instances that write, by name what each is on, and then does away with others: outside a
 * transaction, and without time limits, as building waits for whatever runs. Where it was broken off, what is whole stays,
 * and what is not is built anew.
 */
export async function buildBesideOthers(
  runner: QueryRunner,
  indexes: Record<string, string>,
  replaced: readonly string[] = [],
): Promise<void> {
  const limits = await limitsOf(runner);
  await setLimits(runner, { statement: '0', lock: '0' });
  try {
    for (const [name, on] of Object.entries(indexes)) {
      if (await isBroken(runner, name)) await runner.query(`DROP INDEX CONCURRENTLY ${name}`);
      await runner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ${on}`);
    }
    for (const name of replaced) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  } finally {
    await setLimits(runner, limits);
  }
}

interface Limits {
  statement: string;
  lock: string;
}

async function limitsOf(runner: QueryRunner): Promise<Limits> {
  const rows = (await runner.query(
    `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`,
  )) as [Limits];
  return rows[0];
}

const setLimits = (runner: QueryRunner, { statement, lock }: Limits): Promise<unknown> =>
  runner.query(`SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)`, [
    statement,
    lock,
  ]);

async function isBroken(runner: QueryRunner, name: string): Promise<boolean> {
  const rows = (await runner.query('SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid', [
    name,
  ])) as unknown[];
  return rows.length > 0;
}
