import { totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** At its peak a start takes 1.1 GB with the optimizing compiler (V8 13), 0.6 GB without. */
const ROOMY_BYTES = 2 * 1024 ** 3;

/** Bytes this process may use: what the machine has, or its container's limit. */
export function memoryForUs(machine = totalmem(), limit = process.constrainedMemory()): number {
  // Node says 0, or more than any machine has, where there is no limit.
  return limit > 0 ? Math.min(machine, limit) : machine;
}

/** The flags of V8 to start PGlite with. */
export function flagsFor(bytes: number): string[] {
  return bytes < ROOMY_BYTES ? ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'] : [];
}

/**
 * To be called before PGlite starts. PostgreSQL's interpreter of expressions is one function so large that newer V8s take
 * 600 MB to optimize it, beyond what a small container has: there it stays as first compiled, and searches take longer.
 */
export function spareMemory(): void {
  for (const flag of flagsFor(memoryForUs())) setFlagsFromString(flag);
}
