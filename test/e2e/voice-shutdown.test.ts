import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chat, user } from '../factories/conversation.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { call, newAccount } from '../setup/account.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { spokenSamples } from '../setup/speech.js';
import { onServices } from '../setup/test-lane.js';
import { type TestServer, testStores } from '../setup/test-server.js';
import { VoiceClient } from '../setup/voice-client.js';

let provider: ProviderSimulator;
const servers: TestServer[] = [];
const open: VoiceClient[] = [];

beforeAll(async () => {
  provider = await startProviderSimulator();
});
beforeEach(() => provider.reset());
afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => provider?.close());

async function started(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startSimulatedServer(provider, { env });
  servers.push(server);
  return server;
}

async function inCall(url: string, token: string, settings: object = {}) {
  const client = await VoiceClient.connect(url, token);
  open.push(client);
  return { client, call: await client.get('call.start', { transport: 'socket', ...settings }) };
}

describe('a server that shuts down', () => {
  it('lets an answer end and then the call, and ends at once a call in which nobody speaks', async () => {
    const server = await started({ SHUTDOWN_GRACE_MS: '20000' });
    const { token } = await newAccount(server.url);
    const [talking, quiet] = [await inCall(server.url, token), await inCall(server.url, token)];
    provider.script({ text: 'This takes a while to say, as it is a long sentence.' });
    await talking.client.get('text.send', { text: 'Hello.' });
    await talking.client.next('response.audio');
    const stopped = server.stop();
    expect(await quiet.client.next('call.ended')).toEqual({ reason: 'shutting-down' });
    expect(await talking.client.next('call.ended')).toEqual({ reason: 'shutting-down' });
    expect(talking.client.of('response.done')).toMatchObject([{ outcome: 'completed' }]);
    expect(await talking.client.next('disconnect')).toBe('io server disconnect');
    expect(await stopped).toBe(0);
  });

  it('ends what takes longer than its grace, and keeps what was heard', async () => {
    const server = await started({ SHUTDOWN_GRACE_MS: '200' });
    const { token } = await newAccount(server.url);
    const { client } = await inCall(server.url, token);
    provider.script({ text: 'A very long sentence that goes on and on. '.repeat(20) });
    await client.get('text.send', { text: 'Hello.' });
    await client.next('response.audio');
    const stopped = server.stop();
    expect(await client.next('call.ended')).toEqual({ reason: 'shutting-down' });
    expect(await stopped).toBe(0);
  });
});

describe('the log of a call', () => {
  it('holds ids, and no word of what was said', async () => {
    const server = await started({ LOG_LEVEL: 'debug' });
    const { token } = await newAccount(server.url);
    const { client, call: begun } = await inCall(server.url, token, { instructions: 'Whisper aubergine.' });
    client.talk();
    provider.speech.hear({ text: 'Tell me of the platypus.' });
    provider.script({ text: 'The marmalade is ready.' });
    client.say(spokenSamples());
    await client.next('response.done');
    await client.get('text.send', { text: 'And the cinnamon?' });
    await client.next('response.done', 0, ({ turn_id }) => turn_id === 'turn_2');
    await client.get('call.end');
    await client.next('call.ended');
    await server.stop();
    const log = server.output.join('\n');
    expect(log).toContain(begun.call_id);
    expect(log).not.toMatch(/platypus|marmalade|cinnamon|aubergine/);
    expect(log).not.toContain(token);
  });
});

/** The embedded database takes one process at a time. */
describe.skipIf(!onServices)('two instances on one database', { timeout: 60_000 }, () => {
  it('hold one session, spoken at one and typed at the other, and a sign-out at one ends the call at the other', async () => {
    const stores = await testStores();
    const env = { JWT_SECRET: 'a secret that both of the instances know about' };
    const pair = [
      await startSimulatedServer(provider, { from: stores, env }),
      await startSimulatedServer(provider, { from: stores, env }),
    ];
    const [here, there] = pair.map(({ url }) => url) as [string, string];
    const account = await newAccount(here);
    const { client, call: begun } = await inCall(there, account.token);
    provider.script({ text: 'Hello Ada.' }, { text: 'You are Ada.' }, { text: 'Yes, Ada.' });
    await client.get('text.send', { text: 'I am Ada.' });
    await client.next('response.done');
    const typed = await chat(account, begun.session_id, [user('Who am I?')]);
    expect(typed.status).toBe(200);
    await client.get('text.send', { text: 'Are you sure?' });
    await client.next('response.done', 0, ({ turn_id }) => turn_id === 'turn_2');
    const { body } = await call(here, 'GET', `/v1/sessions/${begun.session_id}`, { token: account.token });
    expect(body.messages.slice(-6).map(({ content }: { content: string }) => content)).toEqual([
      'I am Ada.',
      'Hello Ada.',
      'Who am I?',
      'You are Ada.',
      'Are you sure?',
      'Yes, Ada.',
    ]);
    const asked = JSON.stringify(provider.requests.findLast(({ path }) => path === '/chat/completions')?.body);
    expect(asked).toContain('Who am I?');
    await account.call('POST', '/v1/auth/logout');
    expect(await client.next('call.ended')).toEqual({ reason: 'signed-out' });
    await Promise.all(pair.map((server) => server.stop()));
    await stores.remove();
  });
});
