import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppSection } from '../../src/core/config/sections/app.section.js';
import { StorageSection } from '../../src/core/config/sections/storage.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import { connectDatabase, type DatabaseConnection } from '../../src/storage/database/database.connection.js';
import { Database } from '../../src/storage/database/database.js';

const CONNECT_TIMEOUT_MS = 100;
/** More than there are connections, so that the last ones wait for the first, several times that timeout. */
const STATEMENTS = 12;

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'cozy-embedded-pool-'));
let connection: DatabaseConnection;
beforeAll(async () => {
  const app = Object.assign(new AppSection(), { data_dir: dataDir });
  const storage = Object.assign(new StorageSection(), { connect_timeout_ms: CONNECT_TIMEOUT_MS });
  connection = await connectDatabase(app, storage, new Logger('silent'));
});
afterAll(async () => {
  await connection.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it('does not call the embedded database unreachable while statements wait for each other', async () => {
  const database = new Database(connection.dataSource);
  const slow = () => database.query('slow', 'SELECT pg_sleep($1)', [(CONNECT_TIMEOUT_MS * 2) / 1000]);
  const settled = await Promise.allSettled(Array.from({ length: STATEMENTS }, slow));
  expect(settled.map(({ status }) => status)).toEqual(Array.from({ length: STATEMENTS }, () => 'fulfilled'));
});
