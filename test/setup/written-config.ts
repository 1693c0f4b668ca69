import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RUN_PREFIX } from './test-lane.js';

const CONFIG = path.resolve(import.meta.dirname, '../../config');

/**
 * A copy of `config/` with some files replaced, added (text) or removed (null), for CONFIG_DIR: what an operator may
 * have written. Swept up at the end of the run.
 */
export function writtenConfig(files: Record<string, string | null>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-config-`));
  cpSync(CONFIG, folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeConfigFile(folder, name, text);
  return folder;
}

export function writeConfigFile(folder: string, name: string, text: string | null): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  if (text === null) rmSync(file);
  else writeFileSync(file, text);
}

/** A personality file with the least that one needs. */
export const personality = (id: string, more = '') => `id: ${id}\nname: ${id}\nsystem_prompt: You are ${id}.\n${more}`;
