import { Lifecycle } from '../../src/core/lifecycle/lifecycle.js';
import { Logger } from '../../src/core/logging/logger.js';
import { DatabaseConnection } from '../../src/storage/database/database.connection.js';
import { SignalRepository } from '../../src/storage/signals/signal.repository.js';
import type { TestDatabase } from './test-database.js';

/** An instance of the program, as the others know it: by its signals. Begins with `onApplicationBootstrap`. */
export function testInstance({ dataSource, poolConfig, database }: TestDatabase): SignalRepository {
  const connection = new DatabaseConnection(dataSource, poolConfig, undefined);
  return new SignalRepository(connection, database, new Lifecycle(), new Logger('silent'));
}
