import { readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.resolve(import.meta.dirname, '../../../package.json');

/** Name and version, as package.json has them. */
export const PRODUCT = {
  name: 'CozyEngine',
  version: (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version,
};
