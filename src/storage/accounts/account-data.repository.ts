import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { EXPORTED_TABLES, type ExportedTable } from './account-data-queries.js';

export type { ExportedTable } from './account-data-queries.js';

/** Bounds what is in memory at a time: a message may have a megabyte. */
const PAGE = 50;

/** Everything that is kept of a user, to be given to them. */
@Injectable()
export class AccountDataRepository {
  readonly tables = Object.keys(EXPORTED_TABLES) as ExportedTable[];

  constructor(private readonly database: Database) {}

  /** Without the password's hash and the second factor's secret. */
  async account(userId: string): Promise<Record<string, unknown> | undefined> {
    return this.database.one(
      'account_data_account',
      `SELECT id, username, email, role, status, display_name, bio, interests, avatar_url, preferences, created_at, updated_at,
         last_login_at FROM users WHERE id = $1`,
      [userId],
    );
  }

  /** A table's rows, oldest first, read page by page as they are taken. */
  async *rows(table: ExportedTable, userId: string, signal: AbortSignal): AsyncGenerator<Record<string, unknown>> {
    let after: string | null = null;
    for (;;) {
      signal.throwIfAborted();
      const page: ({ cursor: string } & Record<string, unknown>)[] = await this.database.query(
        `account_data_${table}`,
        EXPORTED_TABLES[table],
        [userId, after, PAGE],
      );
      for (const { cursor: _, ...row } of page) yield row;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.cursor;
    }
  }
}
