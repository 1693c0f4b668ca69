// `npm run media:ensure`, and a part of `npm start`: sees that there is a media worker, and downloads upstream's where there
// is none. Never fails and never takes long: without a worker calls go over sockets.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, findWorkerBinary, mediasoupFolder, packagedWorker, runs } from './worker-binary.mjs';

const { MEDIASOUP_WORKER_BIN: named, XDG_CACHE_HOME: cacheHome } = process.env;
const DEFAULT_TIMEOUT_MS = 4_000;
/** Where there is no way to GitHub, asking once a day is enough. */
const ASK_AGAIN_MS = 24 * 3_600_000;

const failureMark = () => path.join(cacheFolder(cacheHome), 'download-failed');

function failedLately() {
  try {
    return Date.now() - statSync(failureMark()).mtimeMs < ASK_AGAIN_MS;
  } catch {
    return false;
  }
}

function remember(failed) {
  if (!failed) return rmSync(failureMark(), { force: true });
  mkdirSync(path.dirname(failureMark()), { recursive: true });
  writeFileSync(failureMark(), '');
}

/**
 * Runs the package's own install script, which checks what it fetched. Where it cannot fetch it would go on to build with pip
 * and meson for minutes: a Python that only fails ends it there.
 */
function download(timeout) {
  const folder = mediasoupFolder();
  const child = spawn(process.execPath, ['npm-scripts.mjs', 'postinstall'], {
    cwd: folder,
    env: { ...process.env, PYTHON: 'false' },
    stdio: 'ignore',
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    const end = () => {
      clearTimeout(timer);
      resolve(runs(packagedWorker()));
    };
    child.once('error', end);
    child.once('exit', end);
  });
}

/** @param timeout milliseconds for the download; null: not if it failed lately, else a few seconds. */
export async function ensureWorker(timeout = null) {
  const found = findWorkerBinary(named, cacheHome);
  if (found || named || (timeout === null && failedLately())) return found;
  const downloaded = await download(timeout ?? DEFAULT_TIMEOUT_MS);
  // What was broken off half-way would be taken for a worker.
  if (!downloaded) rmSync(packagedWorker(), { force: true });
  remember(!downloaded);
  return downloaded ? packagedWorker() : null;
}

if (process.argv[1] === import.meta.filename) {
  const [flag, milliseconds] = process.argv.slice(2);
  const timeout = flag === '--timeout' ? Number(milliseconds) : DEFAULT_TIMEOUT_MS;
  const worker = await ensureWorker(timeout).catch(() => null);
  const instead = named ? `MEDIASOUP_WORKER_BIN names ${named}, which does not run here` : 'see docs/voice.md';
  process.stdout.write(worker ? `Media worker: ${worker}\n` : `No media worker (${instead}): calls go over sockets.\n`);
}
