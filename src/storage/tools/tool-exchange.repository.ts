import { Injectable } from '@nestjs/common';
import type { ToolExchange } from '../../core/domain/chat.js';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

/** Exchanges of turns that are not stored, until their callers have come back with results. */
@Injectable()
export class ToolExchangeRepository {
  constructor(private readonly database: Database) {}

  async save(userId: string, key: string, exchange: ToolExchange, keepSeconds: number): Promise<void> {
    await this.database.query(
      'tool_exchange_save',
      `INSERT INTO tool_exchanges (user_id, key, exchange, expires_at)
       VALUES ($1, $2, $3::jsonb, now() + make_interval(secs => $4))
       ON CONFLICT (user_id, key) DO UPDATE SET exchange = EXCLUDED.exchange, expires_at = EXCLUDED.expires_at`,
      [userId, key, storableJson(exchange), keepSeconds],
    );
  }

  /** By key; only the user's own. */
  async find(userId: string, keys: readonly string[]): Promise<Map<string, ToolExchange>> {
    const rows = await this.database.query<{ key: string; exchange: ToolExchange }>(
      'tool_exchange_find',
      'SELECT key, exchange FROM tool_exchanges WHERE user_id = $1 AND key = ANY($2) AND expires_at > now()',
      [userId, keys],
    );
    return new Map(rows.map(({ key, exchange }) => [key, exchange]));
  }
}
