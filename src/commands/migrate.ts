import 'reflect-metadata';
import path from 'node:path';
import { processEnvironment } from '../core/config/env.js';
import { loadConfig } from '../core/config/load-config.js';
import { Logger } from '../core/logging/logger.js';
import { connectDatabase } from '../storage/database/database.connection.js';

// Brings the schema up to date and ends: for a job before new instances start, so that a failure shows before the old ones go.
try {
  const { config } = loadConfig(processEnvironment(), path.resolve(import.meta.dirname, '../../config'));
  const connection = await connectDatabase(config.app, config.storage, new Logger('info'));
  await connection.close();
  process.stdout.write('The schema is up to date.\n');
} catch (error) {
  const known = error instanceof Error && /^(Start|Config|EmbeddedDatabase)Error$/.test(error.name);
  process.stderr.write(`${known ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
}
