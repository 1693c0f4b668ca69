import { describe, expect, it } from 'vitest';
import { flagsFor, memoryForUs } from './spare-memory.js';

const GB = 1024 ** 3;

describe('spareMemory', () => {
  it('leaves the optimizing compiler out where the container has 1 GB: its start was killed for memory', () => {
    expect(flagsFor(memoryForUs(64 * GB, GB))).toEqual(['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']);
    expect(flagsFor(memoryForUs(GB, 0))).not.toEqual([]);
  });

  it('leaves it in where there is room', () => {
    expect(flagsFor(memoryForUs(64 * GB, 4 * GB))).toEqual([]);
    expect(flagsFor(memoryForUs(24 * GB, 2 ** 64))).toEqual([]);
    expect(flagsFor(memoryForUs(24 * GB, 0))).toEqual([]);
  });
});
