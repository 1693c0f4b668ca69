import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedDatabaseError, reasonOf } from './embedded-database.error.js';

/** The folder of the embedded database, locked by this process. */
export interface DataDirectory {
  /** Where PostgreSQL's own files are. */
  cluster: string;
  /** True when there is no database yet: it is about to be made. */
  fresh: boolean;
  /** To be called once the new database is whole. */
  markComplete: () => void;
}

/**
 * Gets the folder ready for a start: `cluster/` holds the database, `cluster-unfinished` stands beside it while it is
 * being made. A cluster whose making was cut short is removed; one without that mark is never touched. Throws
 * EmbeddedDatabaseError when the folder cannot be written.
 */
export function openDataDirectory(dataDir: string): DataDirectory {
  const cluster = join(dataDir, 'cluster');
  const mark = join(dataDir, 'cluster-unfinished');
  try {
    if (existsSync(mark)) rmSync(cluster, { recursive: true, force: true });
    const fresh = !existsSync(join(cluster, 'PG_VERSION'));
    if (fresh) {
      writeFileSync(mark, 'The database beside this file is being made. If it still is later, it was cut short.\n');
      mkdirSync(cluster, { recursive: true, mode: 0o700 });
    }
    return { cluster, fresh, markComplete: () => removeDurably(dataDir, mark) };
  } catch (error) {
    throw notWritable(dataDir, error);
  }
}

/** A mark that came back after a power cut would cost the database. */
function removeDurably(folder: string, file: string): void {
  rmSync(file, { force: true });
  if (process.platform === 'win32') return; // cannot open folders
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Makes the folder if need be. Throws EmbeddedDatabaseError when that is not possible. */
export function makeDataDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw notWritable(dataDir, error);
  }
}

export function notWritable(dataDir: string, error: unknown): EmbeddedDatabaseError {
  const user = process.geteuid ? ` for user ${process.geteuid()}` : '';
  return new EmbeddedDatabaseError(
    `the data folder ${dataDir} cannot be written (${reasonOf(error)}): make it writable${user}, or set DATA_DIR to another folder`,
  );
}
