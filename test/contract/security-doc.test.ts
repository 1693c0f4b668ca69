import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TEST_FILE = /`((?:src|test)\/[\w./-]+\.(?:test|spec)\.ts)`/g;
const NAME = /"([^"]+)"/g;

/** Each test file that a line names, and the names of tests that follow it. */
const namedIn = (line: string): [file: string, names: string[]][] =>
  line
    .split(/(?=`(?:src|test)\/)/)
    .flatMap((part) =>
      [...part.matchAll(TEST_FILE)].map(([, file = '']): [string, string[]] => [
        file,
        [...part.matchAll(NAME)].map(([, name = '']) => name),
      ]),
    );

const rows = readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'));
const named = rows.flatMap(namedIn);

it('docs/security.md names a test where it says that there is one', () => {
  expect(named.length).toBeGreaterThan(70);
  expect(named.filter(([, names]) => names.length === 0)).toEqual([]);
});

it('every test that docs/security.md names is there', () => {
  const missing = named.flatMap(([file, names]) => {
    if (!existsSync(path.join(ROOT, file))) return [file];
    const source = readFileSync(path.join(ROOT, file), 'utf8');
    return names.filter((name) => !source.includes(name)).map((name) => `${file}: ${name}`);
  });
  expect(missing).toEqual([]);
});
