import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { onServices } from '../test/setup/test-lane.js';

/** What every result file states beside its figures. */
export interface Circumstances {
  bench: string;
  command: string;
  /** ISO 8601, at the end of the run. */
  measured_at: string;
  /** Version of the services, `embedded`, or `none`. */
  database: string;
  machine: {
    cpus: number;
    model: string;
    memory_gb: number;
    node: string;
    /** Load average of a minute before the run. */
    load: number;
  };
}

export type Result = Circumstances & Record<string, unknown>;

const ROOT = path.resolve(import.meta.dirname, '..');
/** BENCH_RESULTS is another folder for results and page: for runs that are only tried. */
export const RESULTS = process.env['BENCH_RESULTS'] ?? path.join(ROOT, 'bench/results');
const DOCS = process.env['BENCH_RESULTS'] ? RESULTS : path.join(ROOT, 'docs');
export const IMAGES = path.join(DOCS, 'images/performance');
export const PAGE = path.join(DOCS, 'performance.md');
/** Each bench takes its short size where this is not set. */
export const isFull = process.env['BENCH_FULL'] === '1';

/** Of the moment before anything is measured: this file is loaded first. */
const loadBefore = os.loadavg()[0] ?? 0;

/** Suffix of the result files of benches that run on either. */
export const store = onServices ? 'postgres' : 'embedded';

/** All numbers within with two decimals. */
export function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 100) / 100;
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rounded(entry)]));
}

async function versions(): Promise<string> {
  if (!onServices) return 'embedded';
  const client = new Client({ connectionString: process.env['TEST_DATABASE_URL'] });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  const names = [`PostgreSQL ${rows[0]?.server_version.split(' ')[0]}`];
  const redisUrl = process.env['TEST_REDIS_URL'];
  if (redisUrl) {
    const redis = new Redis(redisUrl);
    names.push(`Redis ${/redis_version:(\S+)/.exec(await redis.info('server'))?.[1]}`);
    redis.disconnect();
  }
  return names.join(', ');
}

function command(): string {
  const script = process.env['npm_lifecycle_event'];
  const words = script ? ['npm run', script] : ['node', path.relative(ROOT, process.argv[1] ?? '')];
  const own = process.argv.slice(2);
  if (own.length > 0) words.push(...(script ? ['--'] : []), ...own);
  return process.env['BENCH_COMMAND'] ?? words.join(' ');
}

/**
 * Writes `<file>.json` beside the other results, and to standard output.
 *
 * @param withDatabase false for a bench that needs none
 */
export async function saveResult(
  file: string,
  bench: string,
  findings: Record<string, unknown>,
  withDatabase = true,
): Promise<void> {
  const circumstances: Circumstances = {
    bench,
    command: command(),
    measured_at: new Date().toISOString(),
    database: withDatabase ? await versions() : 'none',
    machine: {
      cpus: os.cpus().length,
      model: os.cpus()[0]?.model ?? 'unknown',
      memory_gb: os.totalmem() / 1024 ** 3,
      node: process.version,
      load: loadBefore,
    },
  };
  const text = JSON.stringify(rounded({ ...circumstances, ...findings }), null, 2);
  process.stdout.write(`${text}\n`);
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(path.join(RESULTS, `${file}.json`), `${text}\n`);
}
