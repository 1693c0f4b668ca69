import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPersonalities } from './personality-files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cozy-personalities-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
const least = (id: string, more = '') => `id: ${id}\nname: N\nsystem_prompt: S\n${more}`;
const DEFAULT = 'is_default: true\n';

const KNOWN = {
  ai: ['demo', 'openai'],
  memory: ['mem0', 'builtin', 'off'],
  profile: ['builtin', 'off'],
  knowledge: ['off'],
};
const read = () => readPersonalities(folder, KNOWN);

function set() {
  const result = read();
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.set;
}

function problems(): string[] {
  const result = read();
  return 'problems' in result ? result.problems : [];
}

describe('readPersonalities', () => {
  it('reads every YAML file, by name, and finds the default', () => {
    write('b.yaml', least('beta', DEFAULT));
    write('a.yml', least('alpha'));
    write('notes.txt', 'not: read');
    const { all, byId, default: standard } = set();
    expect(all.map(({ id }) => id)).toEqual(['alpha', 'beta']);
    expect(byId.get('alpha')).toBe(all[0]);
    expect(standard.id).toBe('beta');
  });

  it('fills in the defaults', () => {
    write('a.yaml', least('alpha', DEFAULT));
    expect(set().default).toMatchObject({
      tags: [],
      memory: { enabled: true, recall_top_k: 8, write_back: 'async' },
      tools: { allowed: [] },
      voice: { tts: { speed: 1, format: 'mp3' }, realtime: { transport: { type: 'webrtc' } } },
    });
  });

  it('makes personalities that nobody can change', () => {
    write('a.yaml', least('alpha', `${DEFAULT}metadata: {deep: {list: [1]}}\n`));
    const { default: one } = set();
    expect(() => Object.assign(one, { name: 'x' })).toThrow(TypeError);
    expect(() => one.tags.push('x')).toThrow(TypeError);
    expect(() => (one.metadata['deep'] as { list: number[] }).list.push(2)).toThrow(TypeError);
  });

  it.each([
    ['an unknown key', least('alpha', `${DEFAULT}wlcome: x\n`), /^personalities\/a\.yaml:5: wlcome is not a known key/],
    [
      'a broken bound',
      least('alpha', `${DEFAULT}ai:\n  temperature: 3\n`),
      /^personalities\/a\.yaml:6: ai\.temperature /,
    ],
    ['a missing key', `id: alpha\n${DEFAULT}`, /^personalities\/a\.yaml:1: name /],
    ['a bad id', least('Alpha', DEFAULT), /^personalities\/a\.yaml:1: id must be 1 to 64 of a-z/],
    ['a syntax error', 'id: [\n', /^personalities\/a\.yaml:\d: /],
    [
      'an unknown provider',
      least('alpha', `${DEFAULT}ai: {provider: x}\n`),
      /ai\.provider "x" is not configured; known: demo, openai/,
    ],
    [
      'an engine that is not set up',
      least('alpha', `${DEFAULT}profile: {provider: memobase}\n`),
      /^personalities\/a\.yaml: profile\.provider "memobase" is not configured; known: builtin, off; name one of these/,
    ],
    ['no default', least('alpha'), /exactly one file must say "is_default: true"; now: none/],
    // Variables belong to configuration; a personality with one would differ by machine.
    ['an empty file', '', /^personalities\/a\.yaml:1: id /],
  ])('refuses %s, naming file and line', (_, text, expected) => {
    write('a.yaml', text);
    expect(problems()).toContainEqual(expect.stringMatching(expected));
  });

  it('refuses the whole set for one bad file', () => {
    write('a.yaml', least('alpha', DEFAULT));
    write('b.yaml', 'id: beta\n');
    expect(read()).not.toHaveProperty('set');
  });

  it('refuses two of one id and two defaults, naming both', () => {
    write('a.yaml', least('alpha', DEFAULT));
    write('b.yaml', least('alpha', DEFAULT));
    expect(problems()).toEqual([
      'personalities/b.yaml: id "alpha" is already used by a.yaml',
      'personalities/: exactly one file must say "is_default: true"; now: a.yaml, b.yaml',
    ]);
  });

  it('refuses a folder that is empty or not there', () => {
    expect(problems()).toEqual([expect.stringContaining('holds no YAML file')]);
    expect(readPersonalities(path.join(folder, 'gone'), KNOWN)).toHaveProperty('problems');
  });
});
