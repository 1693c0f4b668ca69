import { createHash, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeDataDirectory, notWritable } from './data-directory.js';
import { EmbeddedDatabaseError, reasonOf } from './embedded-database.error.js';
import { socketFolder, type SocketFolder } from './socket-path.js';

/**
 * The lock is a folder `lock-<generation>` with a listening socket in it: the operating system ends the listening with
 * the process, however it ends, and knows nothing of pids, which repeat in containers. A start takes over when nobody
 * listens at the newest generation, by renaming its own folder, already listening, to the next one. A rename onto a
 * folder that is not empty fails, so one of two starts wins; the newest generation is never removed, so its number is
 * never given twice.
 */
export interface DataDirectoryLock {
  release(): Promise<void>;
}

const GENERATION = /^lock-(\d+)$/;
const CLAIM = /^claim-/;
/** A claim lives for milliseconds; one this old was left by a process that was killed. */
const CLAIM_MAX_AGE_MS = 60_000;
const SOCKET = 'socket';
const OWNER = 'owner.json';
/** Length of the longest socket name: `claim-<uuid>/socket`. */
const SOCKET_NAME_BYTES = 49;
/** Each further attempt means that another start got ahead in between, and then held or gave up the lock. */
const MAX_ATTEMPTS = 50;
const NOBODY_LISTENS = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ENOTDIR']);

/**
 * Makes the folder if need be and locks it for this process; a process that dies loses its lock at once. Rejects with
 * EmbeddedDatabaseError when another process has it, or when the folder cannot be written. Processes on different
 * machines that share the folder over a network file system do not see each other.
 */
export async function lockDataDirectory(dataDir: string): Promise<DataDirectoryLock> {
  makeDataDirectory(dataDir);
  const folder = realpathSync(dataDir);
  return process.platform === 'win32' ? lockByPipe(folder) : lockBySocket(folder);
}

async function lockBySocket(folder: string): Promise<DataDirectoryLock> {
  const claim = await Claim.make(folder);
  try {
    await takeNextGeneration(folder, claim);
  } catch (error) {
    await claim.drop();
    throw error;
  }
  return { release: () => claim.stopListening() };
}

async function takeNextGeneration(folder: string, claim: Claim): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const newest = newestGeneration(folder);
    if (await claim.hears(`lock-${newest}`)) throw inUse(folder, newest);
    if (!claim.renameTo(`lock-${newest + 1}`)) continue;
    // Ours may be a number that was given and removed while we looked away: then there is a newer one by now.
    if (newestGeneration(folder) === newest + 1) {
      removeLeftovers(folder, newest);
      return;
    }
    claim.renameTo(`claim-${randomUUID()}`);
  }
  throw contested(folder);
}

/** A folder with a listening socket, on its way to becoming the lock. */
class Claim {
  readonly #folder: string;
  readonly #sockets: SocketFolder;
  readonly #server: Server;
  #name: string;

  private constructor(folder: string, sockets: SocketFolder, server: Server, name: string) {
    this.#folder = folder;
    this.#sockets = sockets;
    this.#server = server;
    this.#name = name;
  }

  static async make(folder: string): Promise<Claim> {
    const name = `claim-${randomUUID()}`;
    const own = join(folder, name);
    let sockets: SocketFolder | null = null;
    try {
      mkdirSync(own, { mode: 0o700 });
      writeFileSync(join(own, OWNER), JSON.stringify({ pid: process.pid, host: hostname() }));
      sockets = socketFolder(folder, SOCKET_NAME_BYTES);
      return new Claim(folder, sockets, await listen(join(sockets.path, name, SOCKET)), name);
    } catch (error) {
      sockets?.release();
      rmSync(own, { recursive: true, force: true });
      throw notWritable(folder, error);
    }
  }

  /** Whether a process listens in the folder of this name. */
  hears(name: string): Promise<boolean> {
    return isListening(join(this.#sockets.path, name, SOCKET)).catch((error: unknown) => {
      throw new EmbeddedDatabaseError(
        `cannot tell whether the data folder ${this.#folder} is in use (${reasonOf(error)}): run as the user who owns it, or set DATA_DIR to another folder`,
      );
    });
  }

  /** False when there is such a folder already. */
  renameTo(name: string): boolean {
    try {
      renameSync(join(this.#folder, this.#name), join(this.#folder, name));
    } catch (error) {
      const code = reasonOf(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      // Ours has been tidied away by a newer owner, which can only happen in a rush of starts.
      throw code === 'ENOENT' ? contested(this.#folder) : notWritable(this.#folder, error);
    }
    this.#name = name;
    return true;
  }

  async stopListening(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#sockets.release();
  }

  async drop(): Promise<void> {
    await this.stopListening();
    rmSync(join(this.#folder, this.#name), { recursive: true, force: true });
  }
}

/** 0 when there is none. */
function newestGeneration(folder: string): number {
  return Math.max(0, ...readdirSync(folder).map((name) => Number(GENERATION.exec(name)?.[1] ?? 0)));
}

function removeLeftovers(folder: string, upTo: number): void {
  for (const name of readdirSync(folder)) {
    const generation = Number(GENERATION.exec(name)?.[1] ?? Infinity);
    if (generation <= upTo || (CLAIM.test(name) && isOld(join(folder, name)))) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isOld(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > CLAIM_MAX_AGE_MS;
}

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  // The lock must not keep the process alive.
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, exclusive: true }, () => resolve(server));
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      const code = reasonOf(error);
      if (NOBODY_LISTENS.has(code)) resolve(false);
      // The queue of a listener that is not getting round to it is full.
      else if (code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

/** Windows has no Unix sockets, but its named pipes vanish with their process too, and only one can have a name. */
async function lockByPipe(folder: string): Promise<DataDirectoryLock> {
  const hash = createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32);
  const server = await listen(String.raw`\\.\pipe\cozyengine-${hash}`).catch((error: unknown) => {
    throw reasonOf(error) === 'EADDRINUSE' ? inUse(folder, 0) : notWritable(folder, error);
  });
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function contested(folder: string): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(`the data folder ${folder} is being opened by several processes: start only one`);
}

function inUse(folder: string, generation: number): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    `the data folder ${folder} is in use by ${describeOwner(folder, generation)}: stop that first, or set DATA_DIR to another folder`,
  );
}

function describeOwner(folder: string, generation: number): string {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(folder, `lock-${generation}`, OWNER), 'utf8'));
    if (!isOwner(owner)) return 'another process';
    return `process ${owner.pid} on host ${owner.host}`;
  } catch {
    // The lock holds without it: the file only makes the message friendlier.
    return 'another process';
  }
}

function isOwner(value: unknown): value is { pid: number; host: string } {
  return typeof value === 'object' && value !== null && 'pid' in value && 'host' in value;
}
