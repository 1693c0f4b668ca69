import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RUN_PREFIX } from './test-lane.js';

const CONFIG = path.resolve(import.meta.dirname, '../../config');

/** Keys to change, by file: `{ api: { sse_heartbeat_ms: 100 } }`. */
export type ConfigChanges = Record<string, Record<string, unknown>>;

/** A copy of `config/` with some keys changed by overlays, for CONFIG_DIR. Swept up at the end of the run. */
export function configFolder(changes: ConfigChanges): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-config-`));
  cpSync(CONFIG, folder, { recursive: true });
  // JSON is YAML.
  for (const [file, keys] of Object.entries(changes)) {
    writeFileSync(path.join(folder, `${file}.development.yaml`), JSON.stringify(keys));
  }
  return folder;
}

/** Changes of engines.yaml for the provider of OPENAI_BASE_URL. */
export const openAiSettings = (keys: Record<string, unknown>): ConfigChanges => ({ engines: { ai: { openai: keys } } });
