import { transformFileSync } from '@swc/core';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.js';

/** Opens a folder, says so, and writes rows as fast as it can, saying the number of each when it is acknowledged. */
const CHILD = `
import { Client } from 'pg';
import { startEmbeddedPostgres } from './embedded-postgres.js';
const [dataDir, seedFile] = process.argv.slice(2);
try {
  const db = await startEmbeddedPostgres({ dataDir, seedFile });
  console.log('open');
  const client = new Client(db.poolConfig);
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS t (id bigserial PRIMARY KEY, note text)');
  for (;;) {
    const { rows } = await client.query('INSERT INTO t (note) VALUES ($1) RETURNING id', ['x'.repeat(500)]);
    console.log(rows[0].id);
  }
} catch (error) {
  console.log(error.name + ': ' + error.message);
  process.exit(1);
}
`;

type Child = ChildProcessByStdio<null, Readable, null>;

let compiled: string;
let seedFile: string;
let dataDir: string;
const children = new Set<Child>();

beforeAll(async () => {
  compiled = compileEmbedded();
  const db = await startEmbeddedPostgres();
  seedFile = join(compiled, 'seed.tar.gz');
  writeFileSync(seedFile, await db.dump());
  await db.close();
});
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'cozy-folder-'))));
afterEach(async () => {
  await Promise.all([...children].map(kill));
  rmSync(dataDir, { recursive: true, force: true });
});

/** The embedded database as plain JavaScript for a child process, below node_modules so that it finds its packages. */
function compileEmbedded(): string {
  const source = join(import.meta.dirname, '../../src/storage/embedded');
  const cache = join(import.meta.dirname, '../../node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const target = mkdtempSync(join(cache, 'embedded-'));
  for (const name of readdirSync(source)) {
    if (name.endsWith('.mjs')) copyFileSync(join(source, name), join(target, name));
    if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
    const { code } = transformFileSync(join(source, name), {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    });
    writeFileSync(join(target, name.replace(/ts$/, 'js')), code);
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(target, 'child.js'), CHILD);
  return target;
}

function startChild(): { child: Child; lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, [join(compiled, 'child.js'), dataDir, seedFile], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.add(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function nextLine(lines: AsyncIterableIterator<string>): Promise<string> {
  const { value } = (await lines.next()) as { value: string | undefined };
  return value ?? 'ended';
}

async function kill(child: Child): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function withDatabase<T>(work: (client: Client, db: EmbeddedPostgres) => Promise<T>): Promise<T> {
  const db = await startEmbeddedPostgres({ dataDir, seedFile });
  const client = new Client(db.poolConfig);
  try {
    await client.connect();
    return await work(client, db);
  } finally {
    await client.end();
    await db.close();
  }
}

describe('a data folder', () => {
  it('keeps its rows over a close, and close may be called twice', async () => {
    await withDatabase(async (client, db) => {
      await client.query('CREATE TABLE kept AS SELECT 42 AS n');
      await client.end();
      await Promise.all([db.close(), db.close()]);
    });
    await withDatabase(async (client) => {
      await expect(client.query('SELECT n FROM kept')).resolves.toMatchObject({ rows: [{ n: 42 }] });
    });
  });

  it('starts from a dump with its rows in it', async () => {
    const dump = await withDatabase(async (client, db) => {
      await client.query('CREATE TABLE kept AS SELECT 43 AS n');
      return db.dump();
    });
    const file = join(dataDir, 'dump.tar.gz');
    writeFileSync(file, dump);
    const db = await startEmbeddedPostgres({ seedFile: file });
    const client = new Client(db.poolConfig);
    await client.connect();
    await expect(client.query('SELECT n FROM kept')).resolves.toMatchObject({ rows: [{ n: 43 }] });
    await client.end();
    await db.close();
  });

  it('is refused to a second process', async () => {
    await withDatabase(async () => {
      const { lines } = startChild();
      expect(await nextLine(lines)).toMatch(
        new RegExp(`^EmbeddedDatabaseError: the data folder ${dataDir} is in use by process ${process.pid} on host `),
      );
    });
  });

  it('has every acknowledged row after kill -9 in the middle of writing, again and again', async () => {
    const acknowledged: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { child, lines } = startChild();
      expect(await nextLine(lines)).toBe('open');
      const stopAfter = acknowledged.length + 200;
      while (acknowledged.length < stopAfter) acknowledged.push(Number(await nextLine(lines)));
      await kill(child);
      for await (const line of lines) acknowledged.push(Number(line));
    }
    await withDatabase(async (client) => {
      const { rows } = await client.query<{ missing: number }>(
        'SELECT count(*)::int AS missing FROM unnest($1::int[]) AS id WHERE id NOT IN (SELECT t.id FROM t)',
        [acknowledged],
      );
      expect(rows).toEqual([{ missing: 0 }]);
    });
  });

  it('goes to exactly one of two processes that start when its owner was killed', async () => {
    const first = startChild();
    expect(await nextLine(first.lines)).toBe('open');
    await kill(first.child);
    const starts = await Promise.all([startChild(), startChild()].map(({ lines }) => nextLine(lines)));
    expect(starts.filter((line) => line === 'open')).toHaveLength(1);
    expect(starts.filter((line) => line.startsWith('EmbeddedDatabaseError: the data folder'))).toHaveLength(1);
  });

  it('opens after its first start was killed half way', async () => {
    const { child } = startChild();
    await expect.poll(() => existsSync(join(dataDir, 'cluster', 'PG_VERSION')), { timeout: 20_000, interval: 1 }).toBe(true); // prettier-ignore
    await kill(child);
    await withDatabase(async (client) => {
      await expect(client.query('SELECT 1 AS n')).resolves.toMatchObject({ rows: [{ n: 1 }] });
    });
    expect(existsSync(join(dataDir, 'cluster-unfinished'))).toBe(false);
  });

  it('is freed again when the database in it does not open', async () => {
    mkdirSync(join(dataDir, 'cluster'));
    writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '9\n');
    const start = () => startEmbeddedPostgres({ dataDir });
    await expect(start()).rejects.toThrow(
      /^the embedded database could not start in \S+cluster \(.+\): restore a backup/,
    );
    await expect(start()).rejects.toThrow(
      /^the embedded database could not start in \S+cluster \(.+\): restore a backup/,
    );
  });
});

it('blames a seed that is not one, and starts once it is gone', async () => {
  const wrong = join(dataDir, 'wrong.tar.gz');
  writeFileSync(wrong, 'nonsense');
  const folder = join(dataDir, 'data');
  await expect(startEmbeddedPostgres({ dataDir: folder, seedFile: wrong })).rejects.toThrow(
    /could not start in \S+ from \S+wrong.tar.gz \(.+\): remove that file/,
  );
  rmSync(wrong);
  await (await startEmbeddedPostgres({ dataDir: folder, seedFile: wrong })).close();
});

describe('a crash of the worker', () => {
  it('fails what runs, what waits and what comes, and tells the listener', async () => {
    const db = await startEmbeddedPostgres({ seedFile });
    const crashes: string[] = [];
    db.onCrash(({ name }) => crashes.push(name));
    const clients = [new Client(db.poolConfig), new Client(db.poolConfig)];
    for (const client of clients) client.on('error', () => undefined);
    await Promise.all(clients.map((client) => client.connect()));
    // Nested deeper than the thread's stack: the one way known to break PGlite with a plain statement.
    const breaking = `SELECT (repeat('[', 2000000) || repeat(']', 2000000))::json`;
    const results = await Promise.allSettled(clients.map((client) => client.query(breaking)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(new Client(db.poolConfig).connect()).rejects.toThrow(/stopped working/);
    await expect(db.dump()).rejects.toThrow(/stopped working/);
    await db.close();
    expect(crashes).toEqual(['EmbeddedDatabaseError']);
  });
});
