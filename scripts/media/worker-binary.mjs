// The server's own knowledge of where workers lie; a container holds the build and no sources.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '../..');
const [file] = ['src', 'dist']
  .map((folder) => path.join(root, folder, 'engines/media/worker/worker-binary.mjs'))
  .filter((candidate) => existsSync(candidate));

export const { cacheFolder, cachedWorker, findWorkerBinary, mediasoupFolder, packagedWorker, runs } = await import(
  pathToFileURL(file)
);
