import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = path.resolve(import.meta.dirname, '..');
const TICK_MS = 10;

export interface Helper {
  /** What it said first. */
  url: string;
  process: ChildProcess;
}

/** A script of this folder in a process of its own, so that its work is not counted as the server's. */
export async function startHelper(script: string, args: string[] = []): Promise<Helper> {
  const child = spawn(process.execPath, ['--import', '@swc-node/register/esm-register', `bench/${script}`, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ended with ${String(code)} before it said anything`);
  });
  const [url] = (await Promise.race([once(said, 'line'), ended])) as [string];
  ended.catch(() => undefined);
  return { url, process: child };
}

/** The simulated provider. */
export const startSimulator = (): Promise<Helper> => startHelper('simulator-process.ts');

function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
}

/** Seconds of processor time of a process so far (Linux). */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return ((Number(fields[11]) + Number(fields[12])) * TICK_MS) / 1000;
}

/**
 * Seconds of processor time of all processes of a name on this machine, those that have ended and were waited for by one
 * of them included; null where there are none.
 */
export function cpuSecondsOf(name: string): number | null {
  let ticks = 0;
  let found = false;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== name) continue;
      ticks += statOf(Number(pid))
        .slice(11, 15)
        .reduce((sum, field) => sum + Number(field), 0);
      found = true;
    } catch {
      // It ended between the listing and the look.
    }
  }
  return found ? (ticks * TICK_MS) / 1000 : null;
}

/** Megabytes that a process holds in memory (Linux). */
export function residentMegabytes(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Processor time of everybody who takes part in a run, so far; null for who is not on this machine. */
export interface ProcessorTimes {
  server: number;
  postgres: number | null;
  redis: number | null;
  simulator: number;
  client: number;
}

export function processorTimes(serverPid: number, simulatorPid: number): ProcessorTimes {
  const { user, system } = process.cpuUsage();
  return {
    server: cpuSeconds(serverPid),
    postgres: cpuSecondsOf('postgres'),
    redis: cpuSecondsOf('redis-server'),
    simulator: cpuSeconds(simulatorPid),
    client: (user + system) / 1e6,
  };
}

/** Milliseconds of each for one of `count` turns. */
export function cpuEach(before: ProcessorTimes, after: ProcessorTimes, count: number): Record<string, number | null> {
  const each = (key: keyof ProcessorTimes) => {
    const [from, to] = [before[key], after[key]];
    return from === null || to === null ? null : ((to - from) * 1000) / Math.max(1, count);
  };
  return Object.fromEntries((Object.keys(before) as (keyof ProcessorTimes)[]).map((key) => [key, each(key)]));
}
