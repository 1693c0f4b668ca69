import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chat, messagesOf, newSession, user } from '../factories/conversation.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin, signIn } from '../setup/admin.js';
import { configFolder, personality, writeConfigFile } from '../setup/config-folder.js';
import { freePort } from '../setup/free-port.js';
import { nginxInstalled, TestNginx } from '../setup/nginx.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { connected, nextEvent } from '../setup/socket.js';
import { spokenSamples } from '../setup/speech.js';
import { onServices } from '../setup/test-lane.js';
import { type TestServer, testStores } from '../setup/test-server.js';
import { VoiceClient } from '../setup/voice-client.js';

const ROLES = ['api', 'api', 'voice', 'worker'];
/** What one instance was told holds at the others at once: in the time that a signal takes. */
const SOON = { timeout: 5000, interval: 20 };

/** As docs/deployment.md has it. Several processes need a database of several processes. */
describe.skipIf(!onServices || !nginxInstalled)('two APIs, a voice node and a worker behind nginx', () => {
  const servers: TestServer[] = [];
  const config = configFolder({
    'engines.development.yaml': { memory: { extraction: 'rules' }, profile: { extraction: 'rules' } },
  });
  const open: { close(): unknown }[] = [];
  let provider: ProviderSimulator;
  let stores: Awaited<ReturnType<typeof testStores>>;
  let nginx: TestNginx;
  let admin: Account;
  let account: Account;

  beforeAll(async () => {
    provider = await startProviderSimulator({ answer: { text: 'I see.' } });
    stores = await testStores();
    const ports = await Promise.all(ROLES.map(freePort));
    const env = {
      ...ADMIN_ENV,
      CONFIG_DIR: config,
      TRUST_PROXY: '1',
      JWT_SECRET: 'a secret that all of them know about',
    };
    const starts = ROLES.map((role, at) =>
      startSimulatedServer(provider, { from: stores, env: { ...env, ROLE: role, PORT: String(ports[at]) } }),
    );
    servers.push(...(await Promise.all(starts)));
    const [first = 0, second = 0, voice = 0] = ports;
    nginx = await TestNginx.start([first, second], voice);
    admin = await firstAdmin(nginx.url);
    account = await newAccount(nginx.url);
  }, 120_000);
  afterEach(() => {
    provider.reset();
    for (const one of open.splice(0)) one.close();
  });
  afterAll(async () => {
    await nginx?.stop();
    await Promise.all(servers.map((server) => server.stop()));
    await provider.close();
    await stores.remove();
  });

  /** Asks each process that serves people, by itself. */
  const everywhere = <Value>(ask: (url: string) => Promise<Value>): Promise<Value[]> =>
    Promise.all(servers.slice(0, 3).map(({ url }) => ask(url)));
  const statusesOf = ({ token }: Account) =>
    everywhere(async (url) => (await call(url, 'GET', '/v1/users/me', { token })).status);
  const say = async (text: string) => chat(account, await newSession(account), [user(text)]);

  it('requests go to both APIs, calls to the voice node, and none to the worker', async () => {
    await Promise.all(Array.from({ length: 8 }, () => account.call('GET', '/v1/users/me')));
    open.push(await VoiceClient.connect(nginx.callsUrl, account.token));
    const portsOf = (pattern: RegExp) => new Set([...nginx.log().matchAll(pattern)].map(([, port]) => Number(port)));
    const [first, second, voice] = servers.map(({ url }) => Number(new URL(url).port));
    // A request, and a socket, is in the log when it is over.
    const asked = () => portsOf(/GET \/v1\/users\/me 200 .* 127\.0\.0\.1:(\d+) /g);
    await expect.poll(asked, SOON).toEqual(new Set([first, second]));
    for (const one of open.splice(0)) one.close();
    await expect.poll(() => portsOf(/\/socket\.io\/ .* 127\.0\.0\.1:(\d+) /g), SOON).toEqual(new Set([voice]));
    expect((await call(servers[3]?.url ?? '', 'GET', '/v1/models', { token: account.token })).status).toBe(404);
  });

  it('a limit is one limit for all of them', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', {
      name: 'slow',
      scopes: ['chat:read'],
      rate_limit_per_minute: 7,
    });
    const ask = async () => (await call(nginx.url, 'GET', '/v1/models', { token: body.key as string })).status;
    const statuses = await Promise.all(Array.from({ length: 20 }, ask));
    expect(statuses.filter((status) => status === 200)).toHaveLength(7);
    expect(statuses.filter((status) => status === 429)).toHaveLength(13);
  });

  it('who signs out is out everywhere, sockets too', async () => {
    const leaving = await newAccount(nginx.url);
    expect(await statusesOf(leaving)).toEqual([200, 200, 200]);
    const sockets = await everywhere((url) => connected(url, '/chat', leaving.token));
    open.push(...sockets);
    const closed = Promise.all(sockets.map((socket) => nextEvent(socket, 'disconnect')));
    await leaving.call('POST', '/v1/auth/logout', {});
    await expect.poll(() => statusesOf(leaving), SOON).toEqual([401, 401, 401]);
    await closed;
    expect(await statusesOf(await signIn(nginx.url, leaving.username, leaving.password))).toEqual([200, 200, 200]);
  });

  it('a new personality is there on all of them after one reload', async () => {
    const statuses = () =>
      everywhere(async (url) => (await call(url, 'GET', '/v1/personalities/sage', { token: account.token })).status);
    expect(await statuses()).toEqual([404, 404, 404]);
    writeConfigFile(config, path.join('personalities', 'sage.yaml'), personality('sage'));
    expect((await admin.call('POST', '/v1/personalities/reload')).status).toBe(200);
    await expect.poll(statuses, SOON).toEqual([200, 200, 200]);
  });

  it('a canary rule holds on all of them, and is off on all of them', async () => {
    const models = () =>
      everywhere(async (url) => {
        const body = { messages: [user('Hello')] };
        return (await call(url, 'POST', '/v1/chat/completions', { token: account.token, body })).body.model as string;
      });
    const [before] = await models();
    await admin.call('PUT', '/v1/admin/canary/model', { enabled: true, percentage: 100, variant: { model: 'newer' } });
    await expect.poll(models, SOON).toEqual(['newer', 'newer', 'newer']);
    await admin.call('POST', '/v1/admin/canary/rollback');
    await expect.poll(models, SOON).toEqual([before, before, before]);
  });

  it('all devices of a user hear of a turn, wherever they are connected', async () => {
    const sockets = await everywhere((url) => connected(url, '/chat', account.token));
    open.push(...sockets);
    const done = Promise.all(sockets.map((socket) => nextEvent<{ turn_id: string }>(socket, 'chat.done')));
    sockets[0]?.emit('chat.send', { text: 'Hello to all of you' });
    expect(new Set((await done).map((event) => event.turn_id)).size).toBe(1);
  });

  it('the worker learns what an API was told, and a call on the voice node knows it, in the same session', async () => {
    const { body } = await say('My dog is called Biscuit.');
    const sessionId = body.metadata.session_id as string;
    const facts = async () => (await account.call('GET', '/v1/profile-facts')).body.items as { value: string }[];
    await expect.poll(facts, { timeout: 20_000 }).toMatchObject([{ value: 'Biscuit' }]);

    const client = await VoiceClient.connect(nginx.callsUrl, account.token);
    open.push(client);
    await client.get('call.start', { transport: 'socket', session_id: sessionId });
    client.talk();
    client.say(spokenSamples());
    const { text } = await client.next('transcript.final');
    await client.next('response.done');
    const told = JSON.stringify(provider.requests.findLast(({ path: asked }) => asked === '/chat/completions')?.body);
    expect(told).toMatch(/<profile>[^]*Biscuit/);
    const stored = (await messagesOf(account, sessionId)).map(({ role, content }) => `${role}: ${content}`);
    expect(stored.slice(-4)).toEqual([
      'user: My dog is called Biscuit.',
      'assistant: I see.',
      `user: ${text}`,
      'assistant: I see.',
    ]);
    const openCalls = async (url: string) =>
      /^cozy_voice_calls_open (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
    expect(await everywhere(openCalls)).toEqual(['0', '0', '1']);
  });
});
