import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppSection } from '../../src/core/config/sections/app.section.js';
import { StorageSection } from '../../src/core/config/sections/storage.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import { connectDatabase, type DatabaseConnection, poolOf } from '../../src/storage/database/database.connection.js';
import { Database } from '../../src/storage/database/database.js';
import { endSilentConnections } from '../../src/storage/database/silent-connections.js';
import { NEEDS_SERVICES } from '../setup/sql.js';
import { TcpRelay } from '../setup/tcp-relay.js';
import { onServices, type ScratchDatabase, scratchDatabase } from '../setup/test-lane.js';

const SILENCE_MS = 300;
const CONNECTIONS = 2;

describe.skipIf(!onServices)(`a database that has fallen silent (else: ${NEEDS_SERVICES})`, () => {
  let scratch: ScratchDatabase;
  let relay: TcpRelay;
  let connection: DatabaseConnection;
  let pool: Pool;
  let database: Database;

  beforeAll(async () => {
    scratch = await scratchDatabase();
    relay = await TcpRelay.to(scratch.url);
    const storage = Object.assign(new StorageSection(), {
      database_url: relay.url,
      pool_size: CONNECTIONS,
      connect_timeout_ms: 5000,
    });
    connection = await connectDatabase(new AppSection(), storage, new Logger('silent'));
    pool = poolOf(connection.dataSource);
    endSilentConnections(pool, SILENCE_MS);
    database = new Database(connection.dataSource);
  });
  afterEach(() => {
    relay.swallows = false;
  });
  afterAll(async () => {
    await connection?.close();
    await relay?.close();
    await scratch?.drop();
  });

  const backend = async () => (await database.one<{ pid: number }>('pid', 'SELECT pg_backend_pid() AS pid', []))?.pid;
  /** Connects as often as the pool allows, so that the next ones to ask do not. */
  const connectAll = () =>
    Promise.all(Array.from({ length: CONNECTIONS }, () => database.query('nap', 'SELECT pg_sleep(0.01)', [])));

  it('makes nobody wait for ever, and is asked again when it is back', async () => {
    await connectAll();
    relay.swallows = true;
    const asked = Array.from({ length: CONNECTIONS }, () => backend().catch((error: unknown) => error));
    expect(await Promise.all(asked)).toEqual(asked.map(() => expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' })));
    relay.swallows = false;
    expect(await Promise.all([backend(), backend(), backend()])).toEqual(Array(3).fill(expect.any(Number)));
  });

  it('ends a transaction, too', async () => {
    await connectAll();
    const ended = database.transaction(async (sql) => {
      await sql('SELECT 1', []);
      relay.swallows = true;
      return sql('SELECT 2', []);
    });
    await expect(ended).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    relay.swallows = false;
    await connectAll();
  });

  it('keeps connections that nobody asks anything', async () => {
    const client = await pool.connect();
    const { stream } = (client as PoolClient & { connection: { stream: Socket } }).connection;
    await client.query('SELECT 1');
    await once(stream, 'timeout');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    client.release();
  });
});
