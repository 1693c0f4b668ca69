import { createHash } from 'node:crypto';
import { closeSync, openSync, readlinkSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The shortest limit of the systems we run on (macOS; Linux takes four more), without the ending zero. */
const MAX_SOCKET_PATH_BYTES = 103;

/** A folder by a name short enough for the addresses of Unix sockets within it. */
export interface SocketFolder {
  path: string;
  /** To be called when no socket of the folder is opened or closed by this path any more. */
  release: () => void;
}

/**
 * The folder itself if its sockets' addresses fit (their names take at most `nameBytes`), else the same folder through
 * a file descriptor (Linux) or a link in the temporary folder. The folder must exist.
 */
export function socketFolder(folder: string, nameBytes: number): SocketFolder {
  if (Buffer.byteLength(folder) + 1 + nameBytes <= MAX_SOCKET_PATH_BYTES) {
    return { path: folder, release: () => undefined };
  }
  return process.platform === 'linux' ? throughDescriptor(folder) : throughLink(folder);
}

function throughDescriptor(folder: string): SocketFolder {
  const descriptor = openSync(folder, 'r');
  return { path: `/proc/self/fd/${descriptor}`, release: () => closeSync(descriptor) };
}

/** Exported for its test: on Linux the descriptor is used. The link stays: other processes use the same one. */
export function throughLink(folder: string): SocketFolder {
  const link = join(tmpdir(), `cozy-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  try {
    symlinkSync(folder, link);
  } catch (error) {
    if (readlinkSync(link) !== folder) throw error;
  }
  return { path: link, release: () => undefined };
}
