import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { EXPIRED, type OldRows, retained, type RetentionDays } from './old-rows.js';

/** Any constant: the advisory lock of those who delete what is old. */
const PURGE_LOCK = 7_263_452;
const BATCH = 1000;

/** What came of one run. */
export interface Purge {
  /** Rows deleted, by table. */
  deleted: Map<string, number>;
  /** Tables that could not be seen to; the others were. */
  failures: { table: string; error: unknown }[];
  /** Another instance was at it, and this one has left the rest to it. */
  isElsewhere: boolean;
}

/** Deletes what has had its day, in small pieces, on one instance at a time. */
@Injectable()
export class ExpiryRepository {
  constructor(private readonly database: Database) {}

  /** What has expired by its own clock. */
  deleteExpired(): Promise<Purge> {
    return this.purge(EXPIRED);
  }

  /** What is older than it is to be kept. */
  deleteRetained(days: RetentionDays): Promise<Purge> {
    return this.purge(retained(days));
  }

  private async purge(all: readonly OldRows[]): Promise<Purge> {
    const purge: Purge = { deleted: new Map(), failures: [], isElsewhere: false };
    for (const rows of all) {
      try {
        if (await this.empty(rows, purge)) continue;
        purge.isElsewhere = true;
        break;
      } catch (error) {
        purge.failures.push({ table: rows.table, error });
      }
    }
    return purge;
  }

  /** False where another instance holds the lock. */
  private async empty({ table, old }: OldRows, { deleted }: Purge): Promise<boolean> {
    for (;;) {
      const { isMine, gone } = await this.batch({ table, old });
      deleted.set(table, (deleted.get(table) ?? 0) + gone);
      if (!isMine) return false;
      if (gone < BATCH) return true;
    }
  }

  /**
   * One short transaction with the lock in it. The condition stands there twice: a row that was changed meanwhile, and
   * may stay, is looked at again before it goes.
   */
  private async batch({ table, old }: OldRows): Promise<{ isMine: boolean; gone: number }> {
    return this.database.transaction(async (sql) => {
      const [lock] = await sql<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [PURGE_LOCK]);
      if (!lock?.mine) return { isMine: false, gone: 0 };
      const [row] = await sql<{ gone: number }>(
        `WITH gone AS (
           DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${old} LIMIT ${BATCH})) AND ${old}
           RETURNING 1
         ) SELECT count(*)::int AS gone FROM gone`,
        [],
      );
      return { isMine: true, gone: row?.gone ?? 0 };
    });
  }
}
