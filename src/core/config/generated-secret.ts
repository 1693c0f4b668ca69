import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StartError } from '../errors/start.error.js';

/**
 * A random secret kept in a file of the data folder, made on first use, so that development needs no set-up and
 * sign-ins outlive a restart. Two processes that start at once end up with the same one.
 */
export function keptSecret(dataDirectory: string, name: string): string {
  const file = path.join(dataDirectory, 'secrets', name);
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `DATA_DIR: cannot write to ${path.resolve(dataDirectory)} (${code}). Make it writable for this user, or set DATA_DIR to another folder.`,
    );
  }
}
