import './compile-cache.js';
import 'reflect-metadata';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { banner } from './banner.js';
import type { CozyConfig } from './core/config/cozy-config.js';
import { effectiveConfig } from './core/config/effective-config.js';
import { processEnvironment } from './core/config/env.js';
import { ConfigError, loadConfig } from './core/config/load-config.js';
import { StartError } from './core/errors/start.error.js';
import { Logger } from './core/logging/logger.js';
import { warmTokenizer } from './core/util/token-estimate.js';
import type { RunningServer } from './server.js';

/** `config/` of this installation; CONFIG_DIR names another. */
const DEFAULT_CONFIG = path.resolve(import.meta.dirname, '../config');

function fail(error: unknown): never {
  const expected = error instanceof StartError || error instanceof ConfigError || isEmbeddedDatabaseError(error);
  const text = expected ? (error as Error).message : String((error as Error).stack ?? error);
  process.stderr.write(`CozyEngine cannot start. ${text}\n`);
  process.exit(1);
}

const isEmbeddedDatabaseError = (error: unknown) => error instanceof Error && error.name === 'EmbeddedDatabaseError';

function stopOnSignals(server: RunningServer, logger: Logger): void {
  const end = () => {
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('The shutdown failed', {}, error);
        logger.flush();
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** A programming error leaves the process in a state nobody knows: it is told, and the supervisor starts a new one. */
function endOnUnknownState(logger: Logger): void {
  const end = (error: unknown) => {
    logger.error('Ending after an unexpected failure', {}, error);
    logger.flush();
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** The first start is the longest, and silence looks like a fault. */
function announceFirstStart({ app, storage }: CozyConfig): void {
  const folder = path.join(app.data_dir, 'postgres');
  if (app.production || storage.database_url || existsSync(folder)) return;
  process.stdout.write(`Making the embedded database in ${folder}; this takes a few seconds, once …\n`);
}

async function main(): Promise<void> {
  const loaded = loadConfig(processEnvironment(), DEFAULT_CONFIG);
  const { config } = loaded;
  const logger = new Logger(config.observability.log_level);
  endOnUnknownState(logger);
  // Its secrets are hidden already; the log's own search would also cut what lies deep.
  logger.trusted('Starting', effectiveConfig(config));
  announceFirstStart(config);
  // Loaded only now: who has made a mistake in the configuration need not wait for all of the program to hear of it.
  const { startServer } = await import('./server.js');
  const server = await startServer(loaded, logger);
  stopOnSignals(server, logger);
  logger.info('Listening', { port: server.port, role: config.app.role });
  if (!config.app.production) process.stdout.write(banner(config, server.port));
  warmTokenizer();
}

await main().catch(fail);
