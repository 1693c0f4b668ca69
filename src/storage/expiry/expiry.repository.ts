import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** What has had its day: table by table, which rows may go. */
const OLD: Record<string, string> = {
  sign_in_failures: `failed_at < now() - interval '24 hours'`,
  idempotency_keys: 'expires_at < now()',
  used_tickets: 'expires_at < now()',
  realtime_secrets: 'expires_at < now()',
  outbox: `done_at < now() - interval '24 hours'`,
  tool_exchanges: 'expires_at < now()',
  // Far longer than a turn is retried.
  learned_turns: `learned_at < now() - interval '90 days'`,
  // As long as a turn that was said before may still be learned from, also out of the dead letters.
  forgotten_items: `forgotten_at < now() - interval '90 days' AND NOT EXISTS (SELECT 1 FROM outbox
    WHERE outbox.user_id = forgotten_items.user_id AND done_at IS NULL AND created_at < forgotten_at)`,
  canary_counts: 'expires_at < now()',
  account_exports: 'expires_at < now()',
  tool_approvals: `expires_at < now() - interval '30 days'`,
  // Longer than any answer is cached: what was cached under a generation must be gone before the generation is.
  cache_generations: `raised_at < now() - interval '24 hours'`,
};

@Injectable()
export class ExpiryRepository {
  constructor(private readonly database: Database) {}

  async deleteExpired(): Promise<void> {
    for (const [table, old] of Object.entries(OLD)) {
      await this.database.query(`expiry_${table}`, `DELETE FROM ${table} WHERE ${old}`, []);
    }
  }
}
