import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createDataSource } from '../storage/data-source.js';
import { startEmbeddedPostgres } from '../storage/embedded/embedded-postgres.js';

/** Part of the build: an embedded database with the schema in it, from which new ones start in a second or two. */
const embedded = await startEmbeddedPostgres();
const dataSource = createDataSource(
  { poolConfig: embedded.poolConfig },
  { poolSize: 1, connectTimeoutMs: 30_000, statementTimeoutMs: 60_000 },
);
await dataSource.initialize();
await dataSource.runMigrations();
await dataSource.destroy();
writeFileSync(path.resolve(import.meta.dirname, '../embedded-seed.tgz'), await embedded.dump());
await embedded.close();
