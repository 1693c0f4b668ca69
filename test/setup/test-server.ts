import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';
import {
  onServices,
  PID_FILE,
  RUN_PREFIX,
  scratchDatabase,
  type ScratchDatabase,
  giveBackRedis,
  emptyRedisUrl,
} from './test-lane.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A real server: the built program in a process of its own. */
export interface TestServer {
  url: string;
  /** What it wrote to standard output: log lines and the banner. */
  output: string[];
  process: ChildProcess;
  dataDir: string;
  /** Ends it as an operator would; resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface TestServerOptions {
  env?: Record<string, string>;
  /** Folder and database of a server that was stopped, to go on with. */
  from?: Stores;
}

export interface Stores {
  dataDir: string;
  database: ScratchDatabase | undefined;
  redisUrl: string | undefined;
}

/** Stores for servers that come and go in one test. */
export async function testStores(): Promise<Stores & { remove(): Promise<void> }> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-`));
  const database = onServices ? await scratchDatabase() : undefined;
  const redisUrl = onServices ? await emptyRedisUrl() : undefined;
  const remove = async () => {
    await database?.drop();
    giveBackRedis(redisUrl);
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { dataDir, database, redisUrl, remove };
}

/** Where the media worker of the machine that tests is. */
const MEDIA = Object.fromEntries(
  ['MEDIASOUP_WORKER_BIN', 'XDG_CACHE_HOME'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
);

/** Every test comes from one address and is in a hurry. */
const UNLIMITED = Object.fromEntries(
  ['IP', 'USER', 'SIGN_IN', 'UPLOAD'].map((layer) => [`RATE_LIMIT_${layer}_PER_MINUTE`, '1000000']),
);

function environmentOf(stores: Stores, extra: Record<string, string>): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    ...MEDIA,
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: stores.dataDir,
    ...UNLIMITED,
    ...(stores.database && { DATABASE_URL: stores.database.url }),
    ...(stores.redisUrl && { REDIS_URL: stores.redisUrl }),
    ...extra,
  };
}

const HANGING_START_MS = 50_000;

/** Runs the program and waits for its exit; for starts that must fail. */
export async function runToExit(
  env: Record<string, string>,
): Promise<{ code: number | null; stderr: string; stdout: string }> {
  const child = spawn(process.execPath, [path.join(ROOT, 'dist/main.js')], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let stdout = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  // A start that hangs must fail its test and not outlive it; the exit code is then null.
  const deadline = setTimeout(() => child.kill('SIGKILL'), HANGING_START_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(deadline);
  return { code, stderr, stdout };
}

export async function startTestServer({ env = {}, from }: TestServerOptions = {}): Promise<TestServer> {
  const stores = from ?? (await testStores());
  const child = spawn(process.execPath, ['--max-semi-space-size=64', path.join(ROOT, 'dist/main.js')], {
    env: environmentOf(stores, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  writeFileSync(path.join(stores.dataDir, PID_FILE), String(child.pid));
  const output: string[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const listening = new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line);
      if (line.includes('"message":"Listening"')) resolve((JSON.parse(line) as { port: number }).port);
    });
    child.once('exit', (code) =>
      reject(new Error(`the server ended with ${code}: ${stderr}${output.slice(-5).join('\n')}`)),
    );
  });
  const port = await listening;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (!from) await (stores as Awaited<ReturnType<typeof testStores>>).remove();
    return code;
  };
  return { url: `http://127.0.0.1:${port}`, output, process: child, dataDir: stores.dataDir, stop };
}

let shared: Promise<TestServer> | undefined;

/** The server that all files of a process share: default configuration, demo engine. Ends with the process. */
export function testServer(): Promise<TestServer> {
  shared ??= startShared();
  return shared;
}

async function startShared(): Promise<TestServer> {
  const stores = await testStores();
  const server = await startTestServer({ env: { LOG_LEVEL: 'info' }, from: stores });
  // How vitest ends a process.
  process.once('SIGTERM', () => {
    server.process.kill('SIGKILL');
    giveBackRedis(stores.redisUrl);
    process.exit();
  });
  return server;
}

/** A server of this file's own, ended after its tests. */
export function ownServer(options: () => TestServerOptions): () => Promise<TestServer> {
  let own: Promise<TestServer> | undefined;
  afterAll(async () => {
    await (await own)?.stop();
  });
  return () => (own ??= startTestServer(options()));
}
