import { Client } from 'pg';
import type { Stores } from './test-server.js';

/** Why a test that changes rows behind a running server runs on the services lane only. */
export const NEEDS_SERVICES = 'the embedded database takes one process at a time';

/** One statement on the database of a running server, as an operator would do it. */
export async function sql<Row extends object>(stores: Stores, text: string, values: unknown[] = []): Promise<Row[]> {
  if (!stores.database) throw new Error(NEEDS_SERVICES);
  const client = new Client({ connectionString: stores.database.url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
