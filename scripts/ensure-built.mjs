// Builds when the sources are newer than the last build.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const stamp = path.join(root, 'dist', '.built');

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}

function stale() {
  if (!existsSync(stamp)) return true;
  // A container holds the build and no sources.
  if (!existsSync(path.join(root, 'src'))) return false;
  const built = statSync(stamp).mtimeMs;
  return ['src', 'console'].some((folder) => newest(path.join(root, folder)) > built);
}

export function ensureBuilt() {
  if (!stale()) return;
  process.stdout.write('Building, as the sources have changed since the last time …\n');
  execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

if (process.argv[1] === import.meta.filename) ensureBuilt();
