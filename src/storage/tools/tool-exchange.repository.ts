import { Injectable } from '@nestjs/common';
import type { ToolExchange } from '../../core/domain/chat.js';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

/** Exchanges of turns that are not stored, until their callers have come back with results. */
@Injectable()
export class ToolExchangeRepository {
  constructor(private readonly database: Database) {}

  async save(userId: string, callIds: readonly string[], exchange: ToolExchange, keepSeconds: number): Promise<void> {
    await this.database.query(
      'tool_exchange_save',
      `INSERT INTO tool_exchanges (user_id, call_id, exchange, expires_at)
       SELECT $1, call_id, $3::jsonb, now() + make_interval(secs => $4) FROM unnest($2::text[]) AS call_id
       ON CONFLICT (user_id, call_id) DO UPDATE SET exchange = EXCLUDED.exchange, expires_at = EXCLUDED.expires_at`,
      [userId, [...new Set(callIds)], storableJson(exchange), keepSeconds],
    );
  }

  /** By call id; only the user's own. */
  async find(userId: string, callIds: readonly string[]): Promise<Map<string, ToolExchange>> {
    const rows = await this.database.query<{ callId: string; exchange: ToolExchange }>(
      'tool_exchange_find',
      `SELECT call_id AS "callId", exchange FROM tool_exchanges
       WHERE user_id = $1 AND call_id = ANY($2) AND expires_at > now()`,
      [userId, callIds],
    );
    return new Map(rows.map(({ callId, exchange }) => [callId, exchange]));
  }
}
