import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { PID_FILE } from './test-lane.js';

/** Gives the run its name; at its end removes the servers, folders and databases that are left of it. */
export function setup(): () => Promise<void> {
  const runId = (process.env['TEST_RUN_ID'] ??= randomBytes(4).toString('hex'));
  return async () => {
    const prefix = `cozy_test_${runId}`;
    for (const name of readdirSync(os.tmpdir())) {
      if (name.startsWith(prefix)) removeFolder(path.join(os.tmpdir(), name));
    }
    await dropDatabases(prefix);
  };
}

function removeFolder(folder: string): void {
  const pidFile = path.join(folder, PID_FILE);
  if (existsSync(pidFile)) kill(Number(readFileSync(pidFile, 'utf8')));
  rmSync(folder, { recursive: true, force: true });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function dropDatabases(prefix: string): Promise<void> {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) return;
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
    [prefix],
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  await client.end();
}
