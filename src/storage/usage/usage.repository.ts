import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** Of usage that no personality had a part in. A word instead of NULL, as it is part of a key. */
export const NO_PERSONALITY = '';

export interface UsageEntry {
  id: string;
  userId: string;
  model: string;
  /** Or NO_PERSONALITY. */
  personalityId: string;
  promptTokens: number;
  completionTokens: number;
  /** US dollars, as decimal text. */
  costUsd: string;
}

@Injectable()
export class UsageRepository {
  constructor(private readonly database: Database) {}

  /** The usage of an answer that is not stored, or of embeddings. */
  async add(entry: UsageEntry): Promise<void> {
    await this.database.query(
      'usage_add',
      `INSERT INTO usage_events (id, user_id, model, personality_id, prompt_tokens, completion_tokens, cost_usd)
       VALUES ($1, $2, $3, $4, $5, $6, $7::numeric)`,
      [
        entry.id,
        entry.userId,
        entry.model,
        entry.personalityId,
        entry.promptTokens,
        entry.completionTokens,
        entry.costUsd,
      ],
    );
  }

  /** Moves up to `limit` single entries into the daily sums, each exactly once; returns how many. */
  async rollUp(limit: number): Promise<number> {
    const row = await this.database.one<{ moved: number }>(
      'usage_roll_up',
      `WITH moved AS (
         DELETE FROM usage_events WHERE id IN (SELECT id FROM usage_events ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING *
       ), summed AS (
         INSERT INTO usage_daily (user_id, day, model, personality_id, requests, prompt_tokens, completion_tokens, cost_usd)
         SELECT user_id, (created_at AT TIME ZONE 'UTC')::date, model, personality_id, count(*), sum(prompt_tokens),
           sum(completion_tokens), sum(cost_usd)
         FROM moved GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
         ON CONFLICT (user_id, day, model, personality_id) DO UPDATE SET
           requests = usage_daily.requests + EXCLUDED.requests,
           prompt_tokens = usage_daily.prompt_tokens + EXCLUDED.prompt_tokens,
           completion_tokens = usage_daily.completion_tokens + EXCLUDED.completion_tokens,
           cost_usd = usage_daily.cost_usd + EXCLUDED.cost_usd
       )
       SELECT count(*)::int AS moved FROM moved`,
      [limit],
    );
    return row?.moved ?? 0;
  }
}
