import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { IMAGES, PAGE, RESULTS } from '../result.js';
import { pageOf, type StoredResult } from './page.js';

/** `docs/performance.md` and its plots, from the files of results. */
export function writeReport(): void {
  const results = readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => JSON.parse(readFileSync(path.join(RESULTS, name), 'utf8')) as StoredResult);
  const { markdown, plots } = pageOf(results);
  rmSync(IMAGES, { recursive: true, force: true });
  mkdirSync(IMAGES, { recursive: true });
  for (const [name, svg] of plots) writeFileSync(path.join(IMAGES, name), svg);
  writeFileSync(PAGE, markdown);
}

if (process.argv[1] === import.meta.filename) writeReport();
