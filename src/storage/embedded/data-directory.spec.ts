import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDataDirectory, openDataDirectory } from './data-directory.js';
import { EmbeddedDatabaseError } from './embedded-database.error.js';

let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'cozy-data-'))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

it('is fresh until the database is whole', () => {
  const first = openDataDirectory(dataDir);
  expect(first.fresh).toBe(true);
  writeFileSync(join(first.cluster, 'PG_VERSION'), '18');
  first.markComplete();
  expect(openDataDirectory(dataDir)).toMatchObject({ cluster: first.cluster, fresh: false });
});

it('removes a database whose making was cut short', () => {
  const { cluster } = openDataDirectory(dataDir);
  writeFileSync(join(cluster, 'PG_VERSION'), '18');
  writeFileSync(join(cluster, 'half'), '');
  expect(openDataDirectory(dataDir).fresh).toBe(true);
  expect(existsSync(join(cluster, 'half'))).toBe(false);
});

it('never touches a database without that mark', () => {
  const cluster = join(dataDir, 'cluster');
  mkdirSync(cluster);
  writeFileSync(join(cluster, 'PG_VERSION'), '18');
  expect(openDataDirectory(dataDir).fresh).toBe(false);
  expect(existsSync(join(cluster, 'PG_VERSION'))).toBe(true);
});

it('says in one line what to do about a folder it cannot make', () => {
  const file = join(dataDir, 'file');
  writeFileSync(file, '');
  const make = () => makeDataDirectory(join(file, 'data'));
  expect(make).toThrow(EmbeddedDatabaseError);
  expect(make).toThrow(
    /^the data folder \S+ cannot be written \(ENOTDIR\): make it writable.* DATA_DIR to another folder$/,
  );
});
