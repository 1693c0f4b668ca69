import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { McpServerSection } from '../../src/core/config/sections/tools.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import { McpToolEngine, type McpToolEngineOptions } from '../../src/engines/tools/mcp/mcp-tool.engine.js';
import type { ToolEngine } from '../../src/engines/tools/tool.port.js';
import { freePort } from './free-port.js';

const root = path.resolve(import.meta.dirname, '../..');
export const EVERYTHING = path.join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const FAKE = path.join(root, 'test/fakes/mcp-server.mjs');

export const mcpSection = (fields: Partial<McpServerSection>): McpServerSection =>
  Object.assign(new McpServerSection(), { name: 'test', call_timeout_ms: 10_000 }, fields);

/** A hand-made server over stdio; see test/fakes/mcp-server.mjs for what `behaviour` may be. */
export const fakeSection = (behaviour: string, fields: Partial<McpServerSection> = {}): McpServerSection =>
  mcpSection({ command: process.execPath, args: [FAKE, behaviour], ...fields });

export interface LogLine {
  level: string;
  message: string;
  [field: string]: unknown;
}

/** A logger that keeps its lines. */
export function keptLog(): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const logger = new Logger('debug', { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) });
  return { logger, lines };
}

export function mcpEngine(
  servers: readonly McpServerSection[],
  options: Partial<McpToolEngineOptions> = {},
): McpToolEngine {
  const retry = { firstMs: 20, mostMs: 100, stableMs: 30_000 };
  return new McpToolEngine({ servers, logger: keptLog().logger, retry, ...options });
}

/** An engine that has connected to its servers, or has tried to. */
export async function connectedEngine(...args: Parameters<typeof mcpEngine>): Promise<McpToolEngine> {
  const engine = mcpEngine(...args);
  await engine.refresh(new AbortController().signal);
  return engine;
}

export const toolNamesOf = (engine: ToolEngine): string[] => engine.list().map(({ name }) => name);

/** Waits until the check holds: long enough for a busy machine. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 });

export interface HttpChild {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** Starts server-everything on a loopback port. */
export async function startEverythingHttp(port?: number): Promise<HttpChild> {
  const used = port ?? (await freePort());
  const child = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
    env: { ...process.env, PORT: String(used) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await Promise.race([once(child.stderr, 'data'), once(child, 'exit')]);
  child.stderr.resume();
  return { url: `http://127.0.0.1:${used}/mcp`, port: used, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Whether a process still lives, once it had a moment to end. */
export async function isAlive(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 2000; waited += 20) {
    try {
      process.kill(pid, 0);
    } catch {
      return false;
    }
    await sleep(20);
  }
  return true;
}
