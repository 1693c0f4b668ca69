import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUN_PREFIX } from '../setup/test-lane.js';
import { runToExit } from '../setup/test-server.js';
import { configFolder, personality } from '../setup/config-folder.js';

const folder = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-`));
const DATA_DIR = path.join(folder, 'data');

/** A start that must fail with one clear message: on standard error, exit code 1, no stack trace. */
async function refusal(env: Record<string, string>): Promise<string> {
  const { code, stderr } = await runToExit({ DATA_DIR, ...env });
  expect(stderr).toMatch(/^CozyEngine cannot start\. /);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
  return stderr;
}

const problems = async (env: Record<string, string>) =>
  (await refusal(env)).split('\n').flatMap((line) => (line.startsWith('  - ') ? [line.slice(4)] : []));

const configured = (files: Record<string, string | null>) => problems({ CONFIG_DIR: configFolder(files) });

describe('a configuration file that cannot be used stops the start', () => {
  it('with a syntax error: file and line', async () => {
    expect(await configured({ 'api.yaml': 'allowed_origins: []\nbody_limit_bytes: [1\n' })).toEqual([
      expect.stringMatching(/^api\.yaml:[23]: /),
    ]);
  });

  it('with the same key twice: file and line', async () => {
    expect(await configured({ 'app.yaml': 'port: 1\nport: 2\n' })).toEqual([
      expect.stringMatching(/^app\.yaml:[12]: .*unique/),
    ]);
  });

  it('with a list or text instead of keys', async () => {
    expect(await configured({ 'app.yaml': '- port\n' })).toEqual(['app.yaml:1: must be a mapping of keys to values']);
  });

  it('with an unknown key: file, line, path, and the keys it could have been', async () => {
    const [problem, ...rest] = await configured({ 'app.yaml': '# comment\nport: 3000\nprot: 3000\n' });
    expect(rest).toEqual([]);
    expect(problem).toMatch(/^app\.yaml:3: prot is not a known key; known here: .*\bport\b/);
  });

  it('with an unknown key far down', async () => {
    expect(await configured({ 'engines.yaml': 'ai:\n  openai:\n    models: ["*"]\n    modles: []\n' })).toEqual([
      expect.stringMatching(/^engines\.yaml:4: ai\.openai\.modles is not a known key/),
    ]);
  });

  it('with a wrong type or a bound broken', async () => {
    const found = await configured({ 'storage.yaml': 'pool_size: often\nconnect_timeout_ms: 1\n' });
    expect(found).toContainEqual(expect.stringMatching(/^storage\.yaml:1: pool_size must be an integer/));
    expect(found).toContainEqual(
      expect.stringMatching(/^storage\.yaml:2: connect_timeout_ms must not be less than 100/),
    );
    expect(found.every((problem) => /^storage\.yaml:[12]: /.test(problem))).toBe(true);
  });

  it('with problems in several files: all of them in one go', async () => {
    const found = await configured({
      'api.yaml': 'body_limit: 5\n',
      'storage.yaml': 'pool_size: 0\n',
      'security.yaml': 'registration_enabled: perhaps\n',
      'nonsense.yaml': 'a: 1\n',
    });
    for (const file of [
      'api.yaml:1: body_limit ',
      'storage.yaml:1: pool_size ',
      'security.yaml:1: registration_enabled ',
      'nonsense.yaml: ',
    ]) {
      expect(found.filter((problem) => problem.startsWith(file))).not.toEqual([]);
    }
  });

  it('with a name that no section has', async () => {
    expect(await configured({ 'databse.yaml': 'a: 1\n' })).toEqual([
      expect.stringMatching(/^databse\.yaml: is not a known file; known: app, api, /),
    ]);
  });

  // Bug: `name in SECTIONS` finds what every object inherits.
  it('with a name that only JavaScript knows', async () => {
    expect(await configured({ 'constructor.yaml': 'a: 1\n' })).toEqual([
      expect.stringMatching(/^constructor\.yaml: is not a known file/),
    ]);
  });

  it('with a secret written into it', async () => {
    const secret = 'a-secret-that-belongs-into-the-environment';
    const text = await refusal({ CONFIG_DIR: configFolder({ 'security.yaml': `jwt_secret: ${secret}\n` }) });
    expect(text).toContain('security.yaml:1: jwt_secret is a secret; give it by the environment');
    expect(text).not.toContain(secret);
  });

  // Bug: the keys of further providers are not among the secret paths.
  it('with the key of a further provider written into it', async () => {
    const text = await refusal({
      CONFIG_DIR: configFolder({
        'engines.yaml': 'ai:\n  others:\n    - name: gateway\n      api_key: written-into-the-file\n',
      }),
    });
    expect(text).toContain('engines.yaml:4: ai.others[0].api_key is a secret');
  });

  it('with a variable that is not set', async () => {
    expect(await configured({ 'app.yaml': 'port: 3000\nhost: ${COZY_HOST_NOWHERE_SET}\n' })).toEqual([
      expect.stringMatching(
        /^app\.yaml:2: \$\{COZY_HOST_NOWHERE_SET\} is not set; .*\$\{COZY_HOST_NOWHERE_SET:-value\}/,
      ),
    ]);
  });

  it('with an unknown provider', async () => {
    expect(await configured({ 'engines.yaml': 'ai: {provider: skynet}\n' })).toEqual([
      'engines.yaml: ai.provider "skynet" is not configured; known: auto, openai, demo',
    ]);
  });

  it('with an address range for /metrics that is none', async () => {
    expect(await configured({ 'observability.yaml': 'metrics_allow: [localhost]\n' })).toEqual([
      expect.stringMatching(/^observability\.yaml:1: metrics_allow/),
    ]);
  });
});

describe('a bad personality stops the start', () => {
  const start = (files: Record<string, string | null>) =>
    problems({
      CONFIG_DIR: configFolder(
        Object.fromEntries(Object.entries(files).map(([name, text]) => [`personalities/${name}`, text])),
      ),
    });

  it('with file, line and reason', async () => {
    expect(await start({ 'sage.yaml': personality('sage', 'traits: {humor: 2}\nwelcome: hi\n') })).toEqual(
      [
        expect.stringMatching(
          /^personalities\/sage\.yaml:5: welcome is not a known key; known here: .*welcome_message/,
        ),
        expect.stringMatching(/^personalities\/sage\.yaml:4: traits\.humor must not be greater than 1/),
      ].toSorted((a, b) => String(a).localeCompare(String(b))),
    );
  });

  it('with all problems of all files', async () => {
    const found = await start({ 'a.yaml': 'id: a\n', 'b.yaml': 'id: [\n', 'c.yaml': personality('Not An Id') });
    for (const file of ['a.yaml:1: name ', 'a.yaml:1: system_prompt ', 'b.yaml:', 'c.yaml:1: id ']) {
      expect(found.filter((problem) => problem.startsWith(`personalities/${file}`))).not.toEqual([]);
    }
  });

  it('when two are the default', async () => {
    expect(await start({ 'sage.yaml': personality('sage', 'is_default: true\n') })).toEqual([
      'personalities/: exactly one file must say "is_default: true"; now: companion.yaml, sage.yaml',
    ]);
  });

  it('when none is the default', async () => {
    expect(await start({ 'companion.yaml': personality('companion') })).toEqual([
      'personalities/: exactly one file must say "is_default: true"; now: none',
    ]);
  });

  it('when two have one id', async () => {
    expect(await start({ 'sage.yaml': personality('companion') })).toEqual([
      expect.stringMatching(/^personalities\/sage\.yaml: id "companion" is already used by companion\.yaml$/),
    ]);
  });

  it('when its provider is not configured', async () => {
    expect(await start({ 'sage.yaml': personality('sage', 'ai: {provider: skynet}\n') })).toEqual([
      expect.stringMatching(/^personalities\/sage\.yaml: ai\.provider "skynet" is not configured; known: demo/),
    ]);
  });
});

describe('an environment that cannot be used stops the start', () => {
  it.each([
    [{ PORT: 'abc' }, /^PORT \(sets app\.port\) must be an integer/],
    [{ PORT: '70000' }, /^PORT \(sets app\.port\) must not be greater than 65535/],
    [{ ROLE: 'boss' }, /^ROLE \(sets app\.role\) must be one of/],
    [{ APP_ENV: 'prod' }, /^APP_ENV \(sets app\.env\) must be one of/],
    [
      { REGISTRATION_ENABLED: 'perhaps' },
      /^REGISTRATION_ENABLED \(sets security\.registration_enabled\) must be a boolean/,
    ],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL \(sets observability\.log_level\) must be one of/],
    [{ SHUTDOWN_GRACE_MS: '1s' }, /^SHUTDOWN_GRACE_MS \(sets app\.shutdown_grace_ms\) must be an integer/],
    [{ JWT_SECRET: 'too short' }, /^JWT_SECRET \(sets security\.jwt_secret\) must have at least 32 characters/],
    [{ DATABASE_URL: 'mysql://localhost/x' }, /^DATABASE_URL \(sets storage\.database_url\) must look like postgres:/],
    [{ REDIS_URL: 'localhost:6379' }, /^REDIS_URL \(sets storage\.redis_url\) must look like redis:/],
    [{ AI_PROVIDER: 'skynet' }, /"skynet" is not configured/],
    [{ ADMIN_USERNAME: 'root' }, /ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD: the first admin needs all three/],
    [{ CONFIG_DIR: '/nowhere/at/all' }, /^CONFIG_DIR: \/nowhere\/at\/all holds no YAML file/],
    [{ JWT_SECRET_FILE: '/nowhere/at/all' }, /^JWT_SECRET_FILE: cannot read \/nowhere\/at\/all \(ENOENT\)/],
    // Bugs: accepted as they are, or a stack trace.
    [{ PUBLIC_URL: 'nowhere' }, /^PUBLIC_URL \(sets app\.public_url\) /],
    [{ OPENAI_BASE_URL: 'nowhere' }, /^OPENAI_BASE_URL \(sets engines\.ai\.openai\.base_url\) /],
    [{ TRUST_PROXY: 'my-proxy' }, /^TRUST_PROXY \(sets api\.trust_proxy\) /],
  ])('%j', async (env, problem) => {
    expect(await problems(env)).toContainEqual(expect.stringMatching(problem));
  });

  it('without JWT_SECRET and AUDIT_HMAC_KEY in production', async () => {
    for (const name of ['APP_ENV', 'NODE_ENV']) {
      expect(await problems({ [name]: 'production' })).toEqual([
        'JWT_SECRET: is missing; production needs one of at least 32 characters (openssl rand -hex 32)',
        'AUDIT_HMAC_KEY: is missing; production needs one of at least 32 characters (openssl rand -hex 32)',
      ]);
    }
  });

  it('with a bad secret in a file, which is not shown', async () => {
    const file = path.join(folder, 'short-secret');
    writeFileSync(file, 'marked-short\n');
    const text = await refusal({ JWT_SECRET_FILE: file });
    expect(text).toContain('JWT_SECRET_FILE (sets security.jwt_secret) must have at least 32 characters');
    expect(text).not.toContain('marked-short');
  });

  it('with problems in the environment and in files: all in one go', async () => {
    const found = await problems({ PORT: 'abc', CONFIG_DIR: configFolder({ 'api.yaml': 'body_limit: 5\n' }) });
    expect(found).toContainEqual(expect.stringMatching(/^PORT /));
    expect(found).toContainEqual(expect.stringMatching(/^api\.yaml:1: body_limit /));
  });
});
