import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RUN_PREFIX } from './test-lane.js';

const CONFIG = path.resolve(import.meta.dirname, '../../config');

/** What a file is to hold: text, or keys (written as JSON, which is YAML); null: there is to be no such file. */
export type ConfigContent = string | object | null;

/** By name; one such as `api.development.yaml` changes single keys of a file. */
export type ConfigFiles = Record<string, ConfigContent>;

/** A copy of `config/` with some files replaced, added or removed, for CONFIG_DIR. Swept up at the end of the run. */
export function configFolder(files: ConfigFiles = {}): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-config-`));
  cpSync(CONFIG, folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeConfigFile(folder, name, content);
  return folder;
}

export function writeConfigFile(folder: string, name: string, content: ConfigContent): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  if (content === null) rmSync(file);
  else writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

/** Keys of engines.yaml for the provider of OPENAI_BASE_URL. */
export const openAiSettings = (keys: Record<string, unknown>): ConfigFiles => ({
  'engines.development.yaml': { ai: { openai: keys } },
});

/** A personality file with the least that one needs. */
export const personality = (id: string, more = '') => `id: ${id}\nname: ${id}\nsystem_prompt: You are ${id}.\n${more}`;
