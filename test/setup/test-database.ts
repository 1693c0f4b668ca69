import { type DataSource } from 'typeorm';
import { createDataSource } from '../../src/storage/data-source.js';
import { Database } from '../../src/storage/database/database.js';
import { newId } from '../../src/core/util/ids.js';
import { startEmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';
import { onServices, scratchDatabase } from './test-lane.js';

const LIMITS = { poolSize: 10, connectTimeoutMs: 10_000, statementTimeoutMs: 30_000 };

/** A database of this run's lane, reached as the server reaches it. */
export interface TestDatabase {
  dataSource: DataSource;
  database: Database;
  /** For a `pg` client of one's own. */
  poolConfig: object;
  remove(): Promise<void>;
}

/** A new database without a schema: embedded in memory, or on the real server. */
export async function emptyDatabase(): Promise<TestDatabase> {
  if (onServices) {
    const scratch = await scratchDatabase();
    const dataSource = await createDataSource({ url: scratch.url }, LIMITS).initialize();
    const remove = async () => {
      await dataSource.destroy();
      await scratch.drop();
    };
    return { dataSource, database: new Database(dataSource), poolConfig: { connectionString: scratch.url }, remove };
  }
  const embedded = await startEmbeddedPostgres();
  const dataSource = await createDataSource(
    { poolConfig: embedded.poolConfig },
    { ...LIMITS, poolSize: 5 },
  ).initialize();
  const remove = async () => {
    await dataSource.destroy();
    await embedded.close();
  };
  return { dataSource, database: new Database(dataSource), poolConfig: embedded.poolConfig, remove };
}

let shared: Promise<TestDatabase> | undefined;

/**
 * The migrated database that all suites of a run share; swept up with the run. Tests make their own users and sessions,
 * and ask about those alone.
 */
export function testDatabase(): Promise<TestDatabase> {
  shared ??= emptyDatabase().then(async (made) => {
    await made.dataSource.runMigrations();
    return made;
  });
  return shared;
}

/** A user's id. */
export async function storedUser(database: Database): Promise<string> {
  const id = newId();
  const name = `u${id.replaceAll('-', '').slice(-16)}`;
  await new UserRepository(database).create({
    id,
    username: name,
    email: `${name}@example.com`,
    passwordHash: 'none',
    role: 'user',
  });
  return id;
}
