import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
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

/** Of the sixteen that a Redis has, for each of the two processes that run test files at once. */
const REDIS_DATABASES = 7;
/** Processes of a run take numbers in a row; two that run at once have begun together. Kept for the files to come. */
const kept = globalThis as { cozyTestProcess?: number };
kept.cozyTestProcess ??= nextNumber();
const FIRST_DATABASE = 1 + (kept.cozyTestProcess % 2) * REDIS_DATABASES;

/** The first one that no process of this run has taken. */
function nextNumber(at = 0): number {
  try {
    writeFileSync(path.join(os.tmpdir(), `${RUN_PREFIX}-process-${at}`), '', { flag: 'wx' });
    return at;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return nextNumber(at + 1);
  }
}

const taken = new Set<number>();
let last = 0;

/**
 * Servers of one run must not see each other's jobs: each gets a Redis database of its own, until it gives it back, as long
 * as there are any. They are taken in turn, so that one that was just left is the last to be used again.
 */
export async function emptyRedisUrl(): Promise<string | undefined> {
  const url = scratchRedisUrl();
  if (url === undefined) return undefined;
  const client = new Redis(url);
  await client.flushdb();
  await client.quit();
  return url;
}

/** As it was left, which is of no matter where keys are new each time. */
export function scratchRedisUrl(): string | undefined {
  const base = process.env['TEST_REDIS_URL'];
  if (!base) return undefined;
  do last = (last + 1) % REDIS_DATABASES;
  while (taken.has(last) && taken.size < REDIS_DATABASES);
  taken.add(last);
  const url = new URL(base);
  url.pathname = `/${FIRST_DATABASE + last}`;
  return url.toString();
}

export function giveBackRedis(url: string | undefined): void {
  if (url !== undefined) taken.delete(Number(new URL(url).pathname.slice(1)) - FIRST_DATABASE);
}
