// Where a mediasoup worker may lie. Plain JavaScript: the server asks it, and so do the scripts that fetch or build one.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const NAME = process.platform === 'win32' ? 'mediasoup-worker.exe' : 'mediasoup-worker';

/** How a worker leaves that was started without the version it is to speak: it runs on this machine. */
const ASKS_FOR_A_VERSION = 41;

/** Folder of the installed package. */
export function mediasoupFolder() {
  return path.resolve(path.dirname(createRequire(import.meta.url).resolve('mediasoup')), '../..');
}

function mediasoupVersion() {
  return JSON.parse(readFileSync(path.join(mediasoupFolder(), 'package.json'), 'utf8')).version;
}

/** A binary is bound to the C library that it was linked with. */
function libc() {
  if (process.platform !== 'linux') return '';
  process.report.excludeNetwork = true;
  const { glibcVersionRuntime } = process.report.getReport().header;
  return glibcVersionRuntime ? `-glibc${glibcVersionRuntime}` : '-musl';
}

/** Where the package's own script puts what it downloads. */
export const packagedWorker = () => path.join(mediasoupFolder(), 'worker/out/Release', NAME);

/** Folder of what is kept for this version and machine: outside of node_modules, which `npm ci` empties. */
export function cacheFolder(cacheHome) {
  const key = `${mediasoupVersion()}-${process.platform}-${process.arch}${libc()}`;
  return path.join(cacheHome || path.join(os.homedir(), '.cache'), 'cozyengine/media-worker', key);
}

/** Where `npm run media:build` puts what it builds. */
export const cachedWorker = (cacheHome) => path.join(cacheFolder(cacheHome), NAME);

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether the binary starts on this machine; one that misses a library does not. */
export function runs(file) {
  const status = () => spawnSync(file, { env: {}, stdio: 'ignore', timeout: 5_000 }).status;
  return isExecutable(file) && status() === ASKS_FOR_A_VERSION;
}

/** The worker to use, or null. One that is named is the only one looked at: whoever named it wants no other. */
export function findWorkerBinary(named, cacheHome) {
  const places = named ? [() => named] : [packagedWorker, () => cachedWorker(cacheHome)];
  for (const place of places) {
    const file = place();
    if (runs(file)) return file;
  }
  return null;
}
