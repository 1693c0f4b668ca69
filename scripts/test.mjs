// `npm test`: everything on the embedded parts; then, where TEST_DATABASE_URL names a real Postgres, what touches the
// stores once more on it (and on the Redis of TEST_REDIS_URL). DATABASE_URL is never used: tests make and drop databases.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './ensure-built.mjs';

const root = path.resolve(import.meta.dirname, '..');
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');

const reports = mkdtempSync(path.join(os.tmpdir(), 'cozy-reports-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/** Tests that failed first and passed then: each is a bug. */
const retried = [];

function lane(name, projects, variables) {
  process.stdout.write(`\n=== ${name} ===\n`);
  const environment = { ...process.env, ...variables };
  for (const used of ['DATABASE_URL', 'REDIS_URL', 'OPENAI_API_KEY', 'OPENAI_BASE_URL']) delete environment[used];
  const flags = projects.flatMap((project) => ['--project', project]);
  const report = path.join(reports, `${projects.length}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...flags, ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: environment,
  });
  count(name, JSON.parse(readFileSync(report, 'utf8')));
  if (status !== 0) end(status ?? 1);
}

function count(laneName, { numPassedTests, numFailedTests, numPendingTests, testResults }) {
  total.passed += numPassedTests;
  total.failed += numFailedTests;
  total.skipped += numPendingTests;
  for (const { name: file, assertionResults } of testResults) {
    for (const { status, failureMessages, fullName } of assertionResults) {
      if (status !== 'passed' || failureMessages.length === 0) continue;
      retried.push(`${path.relative(root, file)} "${fullName}" (${laneName})`);
    }
  }
}

function summary() {
  const counts = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`;
  return retried.length === 0 ? counts : `${counts}, ${retried.length} passed only on a retry: ${retried.join('; ')}`;
}

function end(code) {
  rmSync(reports, { recursive: true, force: true });
  process.stdout.write(`\n${summary()}\n`);
  process.exit(code);
}

ensureBuilt();
const { TEST_DATABASE_URL: database, TEST_REDIS_URL: redis } = process.env;
lane('Embedded parts', ['unit', 'console', 'operations', 'contract', 'medium', 'e2e', 'sound'], {
  TEST_LANE: 'embedded',
});
if (database) lane('Real Postgres and Redis', ['medium', 'e2e', 'sound'], { TEST_LANE: 'services' });
else process.stdout.write('\nNot run: the suite on real Postgres and Redis, as TEST_DATABASE_URL is not set.\n');
if (database && !redis) process.stdout.write('\nNot run: Redis in that suite, as TEST_REDIS_URL is not set.\n');
end(0);
