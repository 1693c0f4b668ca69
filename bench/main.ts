import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setup } from '../test/setup/sweep.js';
import { type Bench, type Wish, wishOf } from './benches.js';
import { writeReport } from './report/write-report.js';

// `npm run bench`: all benches one after the other, each in processes of its own; `-- chat sse` runs some, `-- --full` takes
// the full sizes. With TEST_DATABASE_URL (and TEST_REDIS_URL) on real services, else on the embedded database. A bench that
// fails or hangs costs the others nothing. The page and the plots are made anew at the end.

const ROOT = path.resolve(import.meta.dirname, '..');
const FULL_TIMES = 20;
const END_MS = 15_000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const onServices = Boolean(process.env['TEST_DATABASE_URL']);
const stopped = new AbortController();

interface Outcome {
  name: string;
  outcome: 'done' | 'failed' | 'too long' | 'left out' | 'stopped';
  seconds: number;
}

function environment(bench: Bench, { isFull, args }: Wish): NodeJS.ProcessEnv {
  const words = [bench.name, ...(isFull ? ['--full'] : []), ...args];
  return {
    ...(!onServices && bench.embedded),
    ...process.env,
    TEST_LANE: onServices ? 'services' : 'embedded',
    BENCH_FULL: isFull ? '1' : '0',
    BENCH_COMMAND: `npm run bench -- ${words.join(' ')}`,
  };
}

/** The bench and all it has started: they are one group of processes. */
async function end(child: ChildProcess): Promise<void> {
  const tell = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(-(child.pid ?? 0), signal);
    } catch {
      return false;
    }
  };
  tell('SIGTERM');
  const deadline = Date.now() + END_MS;
  while (tell(0) && Date.now() < deadline) await wait(200);
  tell('SIGKILL');
}

async function run(bench: Bench, wish: Wish): Promise<Outcome> {
  const { name } = bench;
  if (bench.wantsServices && !onServices) return { name, outcome: 'left out', seconds: 0 };
  process.stdout.write(`\n=== ${name} ===\n`);
  const startedAt = Date.now();
  const flags = ['--import', 'reflect-metadata', '--import', '@swc-node/register/esm-register'];
  const own = [...(bench.args ?? []), ...wish.args];
  const child = spawn(process.execPath, [...flags, path.join('bench', bench.script), ...own], {
    cwd: ROOT,
    env: environment(bench, wish),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const limitMs = bench.minutes * 60_000 * (wish.isFull ? FULL_TIMES : 1);
  const timer = new AbortController();
  const tooLong = wait(limitMs, 'too long' as const, { signal: timer.signal }).catch(() => 'done' as const);
  const interrupted = once(stopped.signal, 'abort', { signal: timer.signal }).then(
    () => 'stopped' as const,
    () => 'done' as const,
  );
  const ended = once(child, 'exit').then(([code]) => (code === 0 ? ('done' as const) : ('failed' as const)));
  const outcome = stopped.signal.aborted ? 'stopped' : await Promise.race([ended, tooLong, interrupted]);
  timer.abort();
  await end(child);
  return { name, outcome, seconds: Math.round((Date.now() - startedAt) / 1000) };
}

for (const signal of SIGNALS) process.on(signal, () => stopped.abort());
const wish = wishOf(process.argv.slice(2));
// Names all that is made outside the repository, and removes what is left of it at the end.
const sweep = setup();
const outcomes: Outcome[] = [];
try {
  for (const bench of wish.benches) {
    if (!stopped.signal.aborted) outcomes.push(await run(bench, wish));
  }
} finally {
  await sweep();
  writeReport();
}
const lines = outcomes.map(({ name, outcome, seconds }) => `${name.padEnd(16)}${outcome} (${seconds} s)`);
process.stdout.write(`\n${lines.join('\n')}\n`);
process.exitCode = outcomes.every(({ outcome }) => outcome === 'done' || outcome === 'left out') ? 0 : 1;
