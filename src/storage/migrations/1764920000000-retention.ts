import type { MigrationInterface, QueryRunner } from 'typeorm';

const INDEXES: Record<string, string> = {
  sessions_deleted_at_idx: 'sessions (deleted_at) WHERE deleted_at IS NOT NULL',
  messages_deleted_at_idx: 'messages (deleted_at) WHERE deleted_at IS NOT NULL',
  refresh_tokens_expires_at_idx: 'refresh_tokens (expires_at)',
  users_legacy_hash_idx: `users (password_hash) WHERE password_hash LIKE '$2%'`,
};

/**
 * Indexes by which what is too old is found. They are built beside running instances that write: outside a transaction,
 * without the time limit of statements; one that broke off is built anew.
 */
export class Retention1764920000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET statement_timeout = 0');
    try {
      for (const [name, on] of Object.entries(INDEXES)) {
        await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
        await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
      }
    } finally {
      await runner.query('RESET statement_timeout');
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await runner.query(`DROP INDEX ${name}`);
  }
}
