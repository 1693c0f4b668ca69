import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildBesideOthers } from './index-building.js';

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
    await buildBesideOthers(runner, INDEXES);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await runner.query(`DROP INDEX ${name}`);
  }
}
