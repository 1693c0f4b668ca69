// `npm run test:faults`: what goes wrong, and what must come of it. First the suites in which one thing fails at a time:
// providers (500, 429, hanging, cut, garbage), engines, a full queue, dead workers, SIGTERM under load, a rolling restart
// behind nginx. Then a crowd talks while stores and processes are killed. TEST_DATABASE_URL and TEST_REDIS_URL, where given,
// are used by the suites; the crowd starts stores of its own. `-- --crowd` leaves the suites out.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureBuilt } from './ensure-built.mjs';

const SUITES = [
  'faults',
  'timeouts',
  'shutdown',
  'kill-9',
  'degrad',
  'slow-database',
  'away',
  'media-engine',
  'behind-nginx',
];

const root = path.resolve(import.meta.dirname, '..');
const run = (args, env = {}) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;

function suites() {
  const lane = process.env.TEST_DATABASE_URL ? 'services' : 'embedded';
  const projects = ['contract', 'medium', 'e2e', 'sound'].flatMap((name) => ['--project', name]);
  return run([path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...projects, ...SUITES], { TEST_LANE: lane });
}

ensureBuilt();
const failed = process.argv.includes('--crowd') ? 0 : suites();
const lost = run(['--import', '@swc-node/register/esm-register', 'test/faults/main.ts']);
process.exit(failed || lost);
