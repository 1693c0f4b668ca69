import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

@Injectable()
export class UsedTicketRepository {
  constructor(private readonly database: Database) {}

  /** True for the first who uses the ticket, and for nobody after. It is remembered for as long as it could be valid. */
  async use(id: string, ttlSeconds: number): Promise<boolean> {
    const row = await this.database.one(
      'used_ticket_use',
      `INSERT INTO used_tickets (id, expires_at) VALUES ($1, now() + make_interval(secs => $2))
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [id, ttlSeconds],
    );
    return row !== undefined;
  }
}
