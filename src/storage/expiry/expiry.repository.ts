import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { EXPIRED, type OldGroup, type OldRows, retained, type RetentionDays } from './old-rows.js';

/** Any constants: the advisory locks of those who delete what is old. The two runs do not wait for each other. */
const EXPIRED_LOCK = 7_263_452;
const RETAINED_LOCK = 7_263_453;
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
    return this.purge(EXPIRED_LOCK, EXPIRED);
  }

  /** What is older than it is to be kept. */
  deleteRetained(days: RetentionDays): Promise<Purge> {
    return this.purge(RETAINED_LOCK, retained(days));
  }

  private async purge(lock: number, groups: readonly OldGroup[]): Promise<Purge> {
    const purge: Purge = { deleted: new Map(), failures: [], isElsewhere: false };
    for (const group of groups) {
      if (await this.empty(lock, group, purge)) continue;
      purge.isElsewhere = true;
      break;
    }
    return purge;
  }

  /** False where another instance holds the lock. */
  private async empty(lock: number, group: OldGroup, purge: Purge): Promise<boolean> {
    for (;;) {
      const gone = await this.round(lock, group, purge);
      if (gone === 'elsewhere') return false;
      if (gone === 0) return true;
    }
  }

  /** A piece of each; 0 also where one could not be seen to. */
  private async round(lock: number, group: OldGroup, { deleted, failures }: Purge): Promise<number | 'elsewhere'> {
    let all = 0;
    for (const rows of group) {
      try {
        const gone = await this.batch(lock, rows);
        if (gone === 'elsewhere') return gone;
        deleted.set(rows.table, (deleted.get(rows.table) ?? 0) + gone);
        all += gone;
      } catch (error) {
        failures.push({ table: rows.table, error });
        return 0;
      }
    }
    return all;
  }

  /**
   * One short transaction with the lock in it. The condition stands there twice: a row that was changed meanwhile, and
   * may stay, is looked at again before it goes.
   */
  private async batch(lock: number, rows: OldRows): Promise<number | 'elsewhere'> {
    return this.database.transaction(async (sql) => {
      const [locked] = await sql<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [lock]);
      if (!locked?.mine) return 'elsewhere';
      const [row] = await sql<{ gone: number }>(deletion(rows), []);
      return row?.gone ?? 0;
    });
  }
}

function deletion({ table, old, importedId }: OldRows): string {
  const remember = `, kept AS (
    INSERT INTO forgotten_imports (user_id, id) SELECT user_id, ${importedId} FROM gone WHERE metadata ? 'imported_from'
    ON CONFLICT DO NOTHING)`;
  return `WITH gone AS (
      DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${old} LIMIT ${BATCH})) AND ${old}
      RETURNING ${importedId ? `user_id, ${importedId}, metadata` : '1'}
    )${importedId ? remember : ''}
    SELECT count(*)::int AS gone FROM gone`;
}
