import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export type RollbackCause = 'manual' | 'error_rate' | 'latency' | 'first_token';

export interface CanaryRow {
  feature: string;
  /** Plain data, without the feature's name; read with care, as an older program may have written it. */
  rule: Record<string, unknown>;
  rolledBackAt: Date | null;
  rolledBackCause: RollbackCause | null;
  updatedBy: string | null;
  updatedAt: Date;
}

/** A feature's rule as it is in force. */
export interface RuleInForce {
  feature: string;
  rule: Record<string, unknown>;
}

/** As it was when it was judged; null where a file's rule is in force and no row stands for it. */
interface JudgedRule extends RuleInForce {
  updatedAt: Date | null;
}

const COLUMNS = `feature, rule, rolled_back_at AS "rolledBackAt", rolled_back_cause AS "rolledBackCause",
  updated_by AS "updatedBy", updated_at AS "updatedAt"`;

/** Canary rules written while servers run. Every change is told to all instances (`canary-changed`). */
@Injectable()
export class CanaryRuleRepository {
  constructor(private readonly database: Database) {}

  async list(): Promise<CanaryRow[]> {
    return this.database.query('canary_list', `SELECT ${COLUMNS} FROM canary_rules ORDER BY feature`, []);
  }

  /** Writes the whole rule; an earlier rollback is over. */
  async put(feature: string, rule: object, updatedBy: string): Promise<void> {
    await this.database.query(
      'canary_put',
      `INSERT INTO canary_rules (feature, rule, updated_by) VALUES ($1, $2, $3)
       ON CONFLICT (feature) DO UPDATE SET rule = EXCLUDED.rule, updated_by = EXCLUDED.updated_by, updated_at = now(),
         rolled_back_at = NULL, rolled_back_cause = NULL`,
      [feature, JSON.stringify(rule), updatedBy],
    );
  }

  /** False where there was none. The file's rule that comes back is judged anew. */
  async remove(feature: string): Promise<boolean> {
    const row = await this.database.one(
      'canary_remove',
      `WITH counts AS (DELETE FROM canary_counts WHERE feature = $1)
       DELETE FROM canary_rules WHERE feature = $1 RETURNING feature`,
      [feature],
    );
    return row !== undefined;
  }

  /**
   * Switches off every rule that is on, in one statement: those of `ofFiles` that no row stands for get one. Returns the
   * features that were on.
   */
  async rollBackAll(ofFiles: readonly RuleInForce[], updatedBy: string): Promise<string[]> {
    const rows = await this.database.query<{ feature: string }>(
      'canary_roll_back_all',
      `WITH off AS (
         UPDATE canary_rules SET rule = rule || '{"enabled": false}', rolled_back_at = now(), rolled_back_cause = 'manual',
           updated_by = $2, updated_at = now()
         WHERE (rule ->> 'enabled') = 'true' RETURNING feature),
       files AS (
         INSERT INTO canary_rules (feature, rule, rolled_back_at, rolled_back_cause, updated_by)
         SELECT f ->> 'feature', (f -> 'rule') || '{"enabled": false}', now(), 'manual', $2
         FROM jsonb_array_elements($1::jsonb) f WHERE (f -> 'rule' ->> 'enabled') = 'true'
         ON CONFLICT (feature) DO NOTHING RETURNING feature)
       SELECT feature FROM off UNION SELECT feature FROM files ORDER BY 1`,
      [JSON.stringify(ofFiles), updatedBy],
    );
    return rows.map(({ feature }) => feature);
  }

  /**
   * Switches this very rule off. False where it is not the one in force any more: another instance was faster, or an
   * admin has written another meanwhile, or the same one again. Dates that come from here know milliseconds only.
   */
  async rollBack({ feature, rule, updatedAt }: JudgedRule, cause: RollbackCause): Promise<boolean> {
    const row = await this.database.one(
      'canary_roll_back',
      `INSERT INTO canary_rules AS r (feature, rule, rolled_back_at, rolled_back_cause)
       VALUES ($1, $2::jsonb || '{"enabled": false}', now(), $3)
       ON CONFLICT (feature) DO UPDATE SET rule = EXCLUDED.rule, rolled_back_at = now(), rolled_back_cause = $3,
         updated_by = NULL, updated_at = now()
       WHERE r.rule = $2::jsonb AND date_trunc('milliseconds', r.updated_at) = $4::timestamptz RETURNING feature`,
      [feature, JSON.stringify(rule), cause, updatedAt],
    );
    return row !== undefined;
  }
}
