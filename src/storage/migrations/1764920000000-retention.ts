import type { MigrationInterface, QueryRunner } from 'typeorm';

const INDEXES: Record<string, string> = {
  sessions_deleted_at_idx: 'sessions (deleted_at) WHERE deleted_at IS NOT NULL',
  messages_deleted_at_idx: 'messages (deleted_at) WHERE deleted_at IS NOT NULL',
  refresh_tokens_expires_at_idx: 'refresh_tokens (expires_at)',
  users_legacy_hash_idx: `users (password_hash) WHERE password_hash LIKE '$2%'`,
};

/**
 * Indexes by which what is too old is found. They are built beside running instances that write: outside a transaction,
 * and without time limits, as building waits for whatever runs. Where it was broken off, what is whole stays, and what
 * is not is built anew.
 */
export class Retention1764920000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    const limits = await limitsOf(runner);
    await setLimits(runner, { statement: '0', lock: '0' });
    try {
      for (const [name, on] of Object.entries(INDEXES)) {
        if (await isBroken(runner, name)) await runner.query(`DROP INDEX CONCURRENTLY ${name}`);
        await runner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ${on}`);
      }
    } finally {
      await setLimits(runner, limits);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await runner.query(`DROP INDEX ${name}`);
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
