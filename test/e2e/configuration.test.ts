import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, type Answer, call } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { expectRefusal } from '../setup/refusal.js';
import { onServices } from '../setup/test-lane.js';
import { ownServer, startTestServer, testStores } from '../setup/test-server.js';
import { configFolder, personality, writeConfigFile } from '../setup/config-folder.js';

describe('the configuration in force', () => {
  const files = {
    'app.yaml': 'env: staging\nshutdown_grace_ms: 1000\nshutdown_drain_ms: 11\npublic_url: "http://base.example"\n',
    'app.staging.yaml': 'shutdown_grace_ms: 2000\nshutdown_drain_ms: 22\n',
    'app.production.yaml': 'shutdown_drain_ms: 33\n',
    'context.yaml': 'recent_messages: ${RECENT_MESSAGES:-17}\n',
    'engines.yaml': 'ai:\n  openai: {default_model: base-model, models: [a, b], context_window: 1000}\n',
    'engines.staging.yaml': 'ai:\n  openai: {default_model: overlay-model, models: [c]}\n',
    'api.yaml': 'allowed_origins:\nbody_limit_bytes: 2000000\n',
  };
  const server = ownServer(() => ({
    env: { ...ADMIN_ENV, CONFIG_DIR: configFolder(files), SHUTDOWN_GRACE_MS: '3000', PUBLIC_URL: '' },
  }));
  // The tree of a configuration is read by its documented names.
  // oxlint-disable-next-line typescript/no-explicit-any
  let config: any;
  beforeAll(async () => {
    const admin = await firstAdmin((await server()).url);
    ({ config } = (await admin.call('GET', '/v1/admin/config')).body);
  });

  it('is the environment over the overlay, over the base file, over the default', () => {
    expect(config.app).toMatchObject({
      shutdown_grace_ms: 3000,
      shutdown_drain_ms: 22,
      env: 'staging',
      data_dir: expect.any(String),
      role: 'all',
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(config.app.public_url).toBe('http://base.example');
  });

  it('merges mappings and replaces lists', () => {
    expect(config.engines.ai.openai).toMatchObject({
      default_model: 'overlay-model',
      models: ['c'],
      context_window: 1000,
    });
  });

  it('fills in variables and their defaults as numbers where they are numbers', () => {
    expect(config.context.recent_messages).toBe(17);
  });

  it('takes an empty key for one that is not there', () => {
    expect(config.api).toMatchObject({ allowed_origins: [], body_limit_bytes: 2_000_000 });
  });
});

describe('reloading personalities', () => {
  const folder = configFolder();
  const server = ownServer(() => ({ env: { ...ADMIN_ENV, CONFIG_DIR: folder } }));
  let admin: Account;
  beforeAll(async () => {
    admin = await firstAdmin((await server()).url);
  });

  const write = (id: string, text: string | null) => writeConfigFile(folder, `personalities/${id}.yaml`, text);
  const reload = (): Promise<Answer> => admin.call('POST', '/v1/personalities/reload');
  const ids = async () =>
    (await admin.call('GET', '/v1/personalities')).body.data.map(({ id }: { id: string }) => id).toSorted();
  const STANDARD = ['companion', 'concise', 'health_assistant'];

  it('shows what is new, changed and gone, in every list', async () => {
    write('sage', personality('sage', 'description: Wise.\n'));
    expect((await reload()).body.personalities.toSorted()).toEqual([...STANDARD, 'sage']);
    expect((await admin.call('GET', '/v1/personalities/sage')).body.description).toBe('Wise.');
    const models = async () => JSON.stringify((await admin.call('GET', '/v1/models')).body);
    expect(await models()).toContain('"cozy/sage"');

    write('sage', personality('sage', 'description: Wiser.\n'));
    await reload();
    expect((await admin.call('GET', '/v1/personalities/sage')).body.description).toBe('Wiser.');

    write('sage', null);
    await reload();
    expect(await ids()).toEqual(STANDARD);
    expect((await admin.call('GET', '/v1/personalities/sage')).status).toBe(404);
    expect(await models()).not.toContain('"cozy/sage"');
  });

  it('with one bad file changes nothing and says what is wrong with it', async () => {
    write('bad', 'id: bad\nname: Bad\nsytem_prompt: x\n');
    write('good', personality('good'));
    const answer = await reload();
    expectRefusal(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.error.details.problems).toContainEqual(
      expect.stringMatching(/^personalities\/bad\.yaml:3: sytem_prompt is not a known key/),
    );
    expect(await ids()).toEqual(STANDARD);
    write('bad', null);
    expect((await reload()).status).toBe(200);
    expect(await ids()).toEqual([...STANDARD, 'good'].toSorted());
    write('good', null);
    await reload();
  });

  it('with the folder gone keeps the old set', async () => {
    const gone = configFolder();
    const stores = await testStores();
    const own = await startTestServer({ from: stores, env: { ...ADMIN_ENV, CONFIG_DIR: gone } });
    try {
      const other = await firstAdmin(own.url);
      rmSync(path.join(gone, 'personalities'), { recursive: true });
      expectRefusal(await other.call('POST', '/v1/personalities/reload'), 400, 'VALIDATION_FAILED');
      expect((await other.call('GET', '/v1/personalities')).body.data).toHaveLength(3);
    } finally {
      await own.stop();
      await stores.remove();
    }
  });

  it('lets a session whose personality is gone go on with the default one', async () => {
    write('mayfly', personality('mayfly'));
    await reload();
    const { body } = await admin.call('POST', '/v1/sessions', { personality_id: 'mayfly', title: 'T' });
    write('mayfly', null);
    await reload();
    const turn = await admin.call('POST', '/v1/chat/completions', {
      messages: [{ role: 'user', content: 'Still there?' }],
      cozy: { session_id: body.session_id },
    });
    expect({ status: turn.status, who: turn.body.metadata?.personality_id }).toEqual({ status: 200, who: 'companion' });
  });
});

describe.skipIf(!onServices)('two instances on one database (services lane, as the embedded one takes one)', () => {
  const folder = configFolder();
  let stores: Awaited<ReturnType<typeof testStores>>;
  let instances: Awaited<ReturnType<typeof startTestServer>>[];
  beforeAll(async () => {
    stores = await testStores();
    const start = () =>
      startTestServer({ from: stores, env: { ...ADMIN_ENV, CONFIG_DIR: folder, JWT_SECRET: 's'.repeat(32) } });
    instances = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    await stores.remove();
  });

  it('both started, though both found an empty database', async () => {
    for (const { url } of instances) expect((await call(url, 'GET', '/health/ready')).status).toBe(200);
  });

  it('both reload when one is told to', async () => {
    const [first, second] = instances.map(({ url }) => url) as [string, string];
    const admin = await firstAdmin(first);
    writeConfigFile(folder, 'personalities/sage.yaml', personality('sage'));
    expect((await admin.call('POST', '/v1/personalities/reload')).status).toBe(200);
    const seen = () => call(second, 'GET', '/v1/personalities/sage', { token: admin.token });
    await expect.poll(async () => (await seen()).status).toBe(200);
  });

  it('both refuse a token when its owner signed out at one', async () => {
    const [first, second] = instances.map(({ url }) => url) as [string, string];
    const { token } = await firstAdmin(first);
    const at = (url: string) => call(url, 'GET', '/v1/users/me', { token }).then(({ status }) => status);
    expect([await at(first), await at(second)]).toEqual([200, 200]);
    await call(first, 'POST', '/v1/auth/logout', { token });
    await expect.poll(() => Promise.all([at(first), at(second)])).toEqual([401, 401]);
  });
});
