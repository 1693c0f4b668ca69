import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { lockUser } from '../learning/turn-learning.js';

export const ACCOUNT_EXPORT = 'account.export';

export interface AccountExport {
  id: string;
  /** `failed`: its job was given up. */
  status: 'pending' | 'ready' | 'failed';
  createdAt: Date;
  readyAt: Date | null;
  expiresAt: Date;
  parts: number;
  /** Compressed. */
  bytes: number;
}

export interface ExportWish {
  /** Of a new one. */
  id: string;
  ttlSeconds: number;
  /** Between the beginnings of two. */
  intervalSeconds: number;
  /** A ready one is not wanted. */
  renew: boolean;
}

/** `tooSoonSeconds`: how long to wait for a new one; 0 where it was made or was not wanted. */
export interface ExportAnswer {
  export: AccountExport;
  isNew: boolean;
  tooSoonSeconds: number;
}

const CURRENT = `SELECT e.id, CASE WHEN e.ready_at IS NOT NULL THEN 'ready' WHEN o.dead_at IS NOT NULL THEN 'failed'
    ELSE 'pending' END AS status, e.created_at AS "createdAt", e.ready_at AS "readyAt", e.expires_at AS "expiresAt",
    e.parts, e.bytes::float8 AS bytes, extract(epoch FROM now() - e.created_at)::float8 AS "ageSeconds"
  FROM account_exports e LEFT JOIN outbox o ON o.turn_id = e.id AND o.kind = '${ACCOUNT_EXPORT}'
  WHERE e.user_id = $1 AND e.expires_at > now()`;

type CurrentRow = AccountExport & { ageSeconds: number };

/** Exports of users' data, in pieces. An export is always found by its owner. */
@Injectable()
export class AccountExportRepository {
  constructor(private readonly database: Database) {}

  /** The user's export; a new one, promised to the background, where there is none that will do. */
  async obtain(userId: string, wish: ExportWish): Promise<ExportAnswer | undefined> {
    return this.database.transaction(async (sql) => {
      if (!(await lockUser(sql, userId))) return undefined;
      const [held] = await sql<CurrentRow>(CURRENT, [userId]);
      const tooSoonSeconds = held && secondsToWait(held, wish);
      if (held !== undefined && tooSoonSeconds !== undefined) return { export: held, isNew: false, tooSoonSeconds };
      await begin(sql, userId, wish);
      const [made] = await sql<CurrentRow>(CURRENT, [userId]);
      return made && { export: made, isNew: true, tooSoonSeconds: 0 };
    });
  }

  /** Whether it is still to be made. */
  async isWanted(id: string, userId: string): Promise<boolean> {
    const row = await this.database.one(
      'account_export_wanted',
      'SELECT 1 AS found FROM account_exports WHERE id = $1 AND user_id = $2 AND ready_at IS NULL',
      [id, userId],
    );
    return row !== undefined;
  }

  /** What an attempt that broke off has left. */
  async clear(id: string): Promise<void> {
    await this.database.query('account_export_clear', 'DELETE FROM account_export_parts WHERE export_id = $1', [id]);
  }

  async addPart(id: string, place: number, content: Buffer): Promise<void> {
    await this.database.query(
      'account_export_add_part',
      'INSERT INTO account_export_parts (export_id, place, content) VALUES ($1, $2, $3)',
      [id, place, content],
    );
  }

  async finish(id: string, parts: number, bytes: number): Promise<void> {
    await this.database.query(
      'account_export_finish',
      'UPDATE account_exports SET ready_at = now(), parts = $2, bytes = $3 WHERE id = $1',
      [id, parts, bytes],
    );
  }

  /** Undefined where there is none any more. */
  async part(id: string, userId: string, place: number): Promise<Buffer | undefined> {
    const row = await this.database.one<{ content: Buffer }>(
      'account_export_part',
      `SELECT p.content FROM account_export_parts p JOIN account_exports e ON e.id = p.export_id
       WHERE e.id = $1 AND e.user_id = $2 AND p.place = $3`,
      [id, userId, place],
    );
    return row?.content;
  }
}

/** Undefined where a new one may begin; 0 where this one will do. */
function secondsToWait({ status, ageSeconds }: CurrentRow, wish: ExportWish): number | undefined {
  if (status === 'pending' || (status === 'ready' && !wish.renew)) return 0;
  const seconds = Math.ceil(wish.intervalSeconds - ageSeconds);
  return seconds > 0 ? seconds : undefined;
}

async function begin(sql: Sql, userId: string, { id, ttlSeconds }: ExportWish): Promise<void> {
  // What a failed or outdated one has promised is not done any more.
  await sql(
    `DELETE FROM outbox WHERE kind = '${ACCOUNT_EXPORT}' AND user_id = $1 AND turn_id IN
       (SELECT id FROM account_exports WHERE user_id = $1)`,
    [userId],
  );
  await sql('DELETE FROM account_exports WHERE user_id = $1', [userId]);
  await sql(
    `INSERT INTO account_exports (id, user_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))`,
    [id, userId, ttlSeconds],
  );
  await sql(`INSERT INTO outbox (id, kind, user_id, turn_id) VALUES ($1, '${ACCOUNT_EXPORT}', $2, $1)`, [id, userId]);
}
