// @ts-check
// The worker thread: PGlite blocks the thread it runs in, so it must not be the one that serves people. Plain
// JavaScript, because a worker is started by file name and Node 20 cannot start a .ts file; all logic that can be
// elsewhere is elsewhere (see pglite-worker.ts for the messages).
import { PGlite } from '@electric-sql/pglite';
import { citext } from '@electric-sql/pglite/contrib/citext';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { unaccent } from '@electric-sql/pglite/contrib/unaccent';
import { vector } from '@electric-sql/pglite-pgvector';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

if (!parentPort) throw new Error('pglite.worker.mjs runs in a worker thread only');
const port = parentPort;

/** @type {{ dataDir?: string, fresh?: boolean, seedFile?: string }} */
const { dataDir, fresh, seedFile } = workerData;

/** PGlite's file system on a folder, except that PostgreSQL's fsync reaches the disk: by itself PGlite ignores it. */
class DurableNodeFs extends NodeFS {
  /** @type {NodeFS['init']} */
  async init(pg, options) {
    const { emscriptenOpts } = await super.init(pg, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), makeFsyncReal];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

/** @param {any} module */
function makeFsyncReal(module) {
  module.FS.filesystems.NODEFS.stream_ops.fsync = (/** @type {{ nfd?: number }} */ { nfd }) => {
    // Without a descriptor it is a folder, which PGlite does not really open.
    if (nfd !== undefined) fsyncSync(nfd);
    return 0;
  };
}

/** Makes a folder's files survive a power cut: PGlite copies a new cluster into place without waiting for the disk. */
function syncTree(/** @type {string} */ folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = openSync(join(entry.parentPath, entry.name), 'r+');
    fsyncSync(file);
    closeSync(file);
  }
}

// -F turns fsync off; fdatasync, the default for the log, is one of the calls that PGlite ignores.
const durable = [...PGlite.defaultStartParams.filter((param) => param !== '-F'), '-c', 'wal_sync_method=fsync'];

/** The last lines PostgreSQL logged, to explain a failed start. @type {string[]} */
const log = [];

/** @param {string} line @returns {boolean} whether PGlite shall print it too */
function remember(line) {
  log.splice(0, Math.max(0, log.length - 4));
  log.push(line);
  return false;
}

const db = await PGlite.create({
  ...(dataDir === undefined ? {} : { fs: new DurableNodeFs(dataDir), startParams: durable }),
  extensions: { vector, pg_trgm, unaccent, citext, pgcrypto },
  loadDataDir: seedFile === undefined ? undefined : new Blob([readFileSync(seedFile)], { type: 'application/gzip' }),
  onStderr: remember,
}).catch((error) => {
  throw new Error([...log, error instanceof Error ? error.message : String(error)].join('; '));
});

if (dataDir !== undefined && fresh) syncTree(dataDir);

/**
 * Runs wire messages and collects the whole answer. The streaming call, because the plain one also parses every answer
 * into an array that PGlite never empties.
 * @param {Uint8Array} messages
 */
async function run(messages) {
  /** @type {Buffer[]} */
  const chunks = [];
  await db.execProtocolRawStream(messages, { onRawData: (bytes) => void chunks.push(Buffer.from(bytes)) });
  return new Uint8Array(Buffer.concat(chunks));
}

async function dump() {
  const tarball = await db.dumpDataDir('gzip');
  return new Uint8Array(await tarball.arrayBuffer());
}

/** @param {{ id: number, action: 'run' | 'dump' | 'close', bytes: Uint8Array }} request */
async function answer({ id, action, bytes }) {
  if (action === 'close') {
    // Ends the thread, as PostgreSQL's own exit does: there is no answer but that.
    await db.close();
    process.exit();
  }
  const result = await (action === 'run' ? run(bytes) : dump());
  port.postMessage({ id, bytes: result }, [result.buffer]);
}

// No catch: whatever escapes here has left PostgreSQL in an unknown state, and must end the worker.
port.on('message', (request) => void answer(request));
port.postMessage({ id: 0, bytes: new Uint8Array(0) });
