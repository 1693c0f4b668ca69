import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';

/** `npm test` runs the suites on the embedded parts, and once more on real services where it is told of some. */
export const onServices = process.env['TEST_LANE'] === 'services';

export interface ScratchDatabase {
  url: string;
  drop(): Promise<void>;
}

function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL must name a Postgres server whose user may create databases');
  return url;
}

/** In a server's data folder, for the sweep: a runner that is killed takes no server with it. */
export const PID_FILE = 'test-server.pid';

/** Names everything a run makes outside the repository, so that it can be swept up after it. */
export const RUN_PREFIX = `cozy_test_${process.env['TEST_RUN_ID'] ?? process.pid}`;

async function onServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** A new, empty database on the real server of this lane. */
export async function scratchDatabase(): Promise<ScratchDatabase> {
  const name = `${RUN_PREFIX}_${randomBytes(4).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return { url: url.toString(), drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Of the sixteen that a Redis has; the first is left to tests that make up keys of their own. */
const REDIS_DATABASES = 15;

/** Files, as two processes run tests at once. What a killed run leaves of them bears its own name. */
const lockOf = (database: number): string => path.join(os.tmpdir(), `${RUN_PREFIX}-redis-${database}`);

/** Servers must not see each other's jobs: each has an empty Redis database of its own, until it gives it back. */
export async function emptyRedisUrl(): Promise<string | undefined> {
  const url = takenRedisUrl();
  if (url === undefined) return undefined;
  const client = new Redis(url);
  await client.flushdb();
  await client.quit();
  return url;
}

function takenRedisUrl(): string | undefined {
  const base = process.env['TEST_REDIS_URL'];
  if (!base) return undefined;
  const url = new URL(base);
  url.pathname = `/${takeDatabase(1)}`;
  return url.toString();
}

function takeDatabase(database: number): number {
  if (database > REDIS_DATABASES) throw new Error('Every Redis database is taken: a server was not stopped');
  try {
    writeFileSync(lockOf(database), '', { flag: 'wx' });
    return database;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return takeDatabase(database + 1);
  }
}

export function giveBackRedis(url: string | undefined): void {
  if (url !== undefined) rmSync(lockOf(Number(new URL(url).pathname.slice(1))), { force: true });
}
