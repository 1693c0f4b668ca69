import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface CanaryCounts<Slices extends object> {
  feature: string;
  version: string;
  slices: Slices;
}

export interface SharedCanaryCounts<Slices extends object> extends CanaryCounts<Slices> {
  /** How long they are of any use. */
  ttlSeconds: number;
}

/** What instances tell each other of how canaries do. Each writes its own counts whole, so that none is added twice. */
@Injectable()
export class CanaryCountRepository {
  constructor(private readonly database: Database) {}

  /** All rules in one statement. */
  async put<Slices extends object>(instanceId: string, counts: readonly SharedCanaryCounts<Slices>[]): Promise<void> {
    await this.database.query(
      'canary_counts_put',
      `INSERT INTO canary_counts (feature, version, instance_id, slices, expires_at)
       SELECT c ->> 'feature', c ->> 'version', $1, c -> 'slices', now() + make_interval(secs => (c ->> 'ttlSeconds')::int)
       FROM jsonb_array_elements($2::jsonb) c
       ON CONFLICT (feature, version, instance_id)
       DO UPDATE SET slices = EXCLUDED.slices, expires_at = EXCLUDED.expires_at`,
      [instanceId, JSON.stringify(counts)],
    );
  }

  /** What the others have seen of these rules. */
  async others<Slices extends object>(
    instanceId: string,
    rules: readonly Pick<CanaryCounts<Slices>, 'feature' | 'version'>[],
  ): Promise<CanaryCounts<Slices>[]> {
    return this.database.query(
      'canary_counts_others',
      `SELECT feature, version, slices FROM canary_counts
       JOIN jsonb_to_recordset($2::jsonb) AS asked (feature text, version text) USING (feature, version)
       WHERE instance_id <> $1 AND expires_at > now()`,
      [instanceId, JSON.stringify(rules)],
    );
  }
}
