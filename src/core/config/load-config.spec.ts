import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './load-config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cozy-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};
const load = (environment = {}) => loadConfig(environment, folder).config;

function problems(environment = {}): string[] {
  try {
    load(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('loadConfig', () => {
  it('needs no file and no variable', () => {
    const config = load();
    expect(config.app).toMatchObject({ port: 3000, env: 'development', role: 'all', data_dir: '.data' });
    expect(config.engines.ai.provider).toBe('auto');
    expect(config.app.production).toBe(false);
  });

  it.each([
    ['the default', {}, {}, 25_000],
    ['the base file', { 'app.yaml': 'shutdown_grace_ms: 1' }, {}, 1],
    ['the overlay', { 'app.yaml': 'shutdown_grace_ms: 1', 'app.test.yaml': 'shutdown_grace_ms: 2' }, {}, 2],
    ['the overlay alone', { 'app.test.yaml': 'shutdown_grace_ms: 2' }, {}, 2],
    ['the environment', { 'app.test.yaml': 'shutdown_grace_ms: 2' }, { SHUTDOWN_GRACE_MS: '3' }, 3],
    ['no other overlay', { 'app.yaml': 'shutdown_grace_ms: 1', 'app.staging.yaml': 'shutdown_grace_ms: 2' }, {}, 1],
  ])('takes %s', (_, files, environment, expected) => {
    for (const [name, text] of Object.entries(files)) write(name, text);
    expect(load({ APP_ENV: 'test', ...environment }).app.shutdown_grace_ms).toBe(expected);
  });

  it('finds the name of the environment in app.yaml, and APP_ENV before it', () => {
    write('app.yaml', 'env: staging');
    write('app.staging.yaml', 'port: 1');
    write('app.test.yaml', 'port: 2');
    expect(load().app).toMatchObject({ env: 'staging', port: 1 });
    expect(load({ APP_ENV: 'test' }).app).toMatchObject({ env: 'test', port: 2 });
  });

  it('merges mappings, replaces lists, and lets the environment reach far down', () => {
    write('engines.yaml', 'ai: {openai: {models: [a, b], context_window: 1000}}');
    write('engines.test.yaml', 'ai: {openai: {models: [c]}}');
    const { openai } = load({ APP_ENV: 'test', OPENAI_MODEL: 'm' }).engines.ai;
    expect(openai).toMatchObject({ models: ['c'], context_window: 1000, default_model: 'm' });
  });

  it.each([
    ['PORT', '8080', 'app.port', 8080],
    ['REGISTRATION_ENABLED', 'off', 'security.registration_enabled', false],
    ['REGISTRATION_ENABLED', 'YES', 'security.registration_enabled', true],
    ['REGISTRATION_ENABLED', '0', 'security.registration_enabled', false],
    ['ALLOWED_ORIGINS', ' https://a.com ,,https://b.com', 'api.allowed_origins', ['https://a.com', 'https://b.com']],
    ['TRUST_PROXY', '1', 'api.trust_proxy', '1'],
  ])('reads %s=%s', (name, text, key, expected) => {
    const config: unknown = load({ [name]: text });
    const value = key.split('.').reduce<unknown>((tree, part) => (tree as Record<string, unknown>)[part], config);
    expect(value).toEqual(expected);
  });

  it('reads a secret from the file that NAME_FILE names, unless NAME itself is given', () => {
    const file = write('secret', `  ${'f'.repeat(32)}\n`);
    expect(load({ JWT_SECRET_FILE: file }).security.jwt_secret).toBe('f'.repeat(32));
    expect(load({ JWT_SECRET_FILE: file, JWT_SECRET: 'e'.repeat(32) }).security.jwt_secret).toBe('e'.repeat(32));
  });

  it('lets a secret stand in a file as a variable', () => {
    write('security.yaml', 'jwt_secret: ${MY_SECRET}');
    expect(load({ MY_SECRET: 'm'.repeat(32) }).security.jwt_secret).toBe('m'.repeat(32));
  });
});

describe('a configuration that cannot be used', () => {
  it('is told with all its problems and how many they are', () => {
    write('app.yaml', 'prot: 1\nhost: 5\n');
    write('storage.yaml', 'pool_size: ${NOWHERE}\n');
    write('secrets.yaml', '{}');
    const found = problems({ PORT: 'x', JWT_SECRET: 'short' });
    for (const start of [
      'app.yaml:1: prot ',
      'app.yaml:2: host ',
      'storage.yaml:1: ',
      'secrets.yaml: ',
      'PORT ',
      'JWT_SECRET ',
    ]) {
      expect(found.filter((problem) => problem.startsWith(start)).length).toBeGreaterThan(0);
    }
    expect(() => load({ PORT: 'x', JWT_SECRET: 'short' })).toThrow(`The configuration has ${found.length} problems:`);
  });

  it('names the file that set the value, not the one it overrides', () => {
    write('app.yaml', 'port: 1\n');
    write('app.test.yaml', '\n\nport: many\n');
    expect(problems({ APP_ENV: 'test' })).toContainEqual(expect.stringMatching(/^app\.test\.yaml:3: port /));
  });

  it('says that a personality folder is no configuration only where CONFIG_DIR was given', () => {
    expect(problems({ CONFIG_DIR: folder })).toEqual([expect.stringMatching(/^CONFIG_DIR: .* holds no YAML file/)]);
    expect(problems()).toEqual([]);
  });

  it.each([
    [
      'a secret written into a file',
      { 'security.yaml': `jwt_secret: ${'x'.repeat(32)}` },
      {},
      /^security\.yaml:1: jwt_secret is a secret/,
    ],
    ['two providers of one name', { 'engines.yaml': 'ai: {others: [{name: a}, {name: a}]}' }, {}, /names "a" twice/],
    ['a provider called demo', { 'engines.yaml': 'ai: {others: [{name: demo}]}' }, {}, /names "demo" twice/],
    [
      'two voices of one name',
      { 'engines.yaml': 'speech: {tts: {fallbacks: [{name: a}, {name: a}]}}' },
      {},
      /speech\.tts\.fallbacks names "a" twice/,
    ],
    [
      'the key of a fallback written into a file',
      { 'engines.yaml': 'speech: {stt: {fallbacks: [{name: a, api_key: plain}]}}' },
      {},
      /fallbacks\[0\]\.api_key is a secret/,
    ],
    [
      'a database in memory',
      {},
      { DATA_DIR: ':memory:' },
      /^DATA_DIR \(sets app\.data_dir\) must be a folder, as nothing is kept in memory; name one, or unset it for \.data$/,
    ],
    [
      'a database in memory, by file',
      { 'app.yaml': 'data_dir: ":memory:"' },
      {},
      /^app\.yaml:1: data_dir must be a folder/,
    ],
    ['half an admin', {}, { ADMIN_USERNAME: 'ana', ADMIN_EMAIL: 'ana@example.com' }, /needs all three/],
    ['production without a secret', {}, { APP_ENV: 'production' }, /^JWT_SECRET: is missing/],
    ['production without an audit key', {}, { APP_ENV: 'production' }, /^AUDIT_HMAC_KEY: is missing/],
  ])('because of %s', (_, files, environment, expected) => {
    for (const [name, text] of Object.entries(files)) write(name, text);
    expect(problems(environment)).toContainEqual(expect.stringMatching(expected));
  });

  it('does not show the secret that is wrong', () => {
    const text = problems({ JWT_SECRET: 'marked', METRICS_TOKEN: 'marked' }).join('\n');
    expect(text).toContain('JWT_SECRET');
    expect(text).not.toContain('marked');
  });
});
