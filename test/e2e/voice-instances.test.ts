import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call as ask, newAccount } from '../setup/account.js';
import { OwnRedis } from '../setup/own-redis.js';
import { expectRefusal } from '../setup/refusal.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { spokenSamples } from '../setup/speech.js';
import { onServices } from '../setup/test-lane.js';
import { type TestServer, testStores } from '../setup/test-server.js';
import { VoiceClient } from '../setup/voice-client.js';

const LONG = Array.from({ length: 12 }, (_, at) => `This is sentence number ${at + 1} of a long story.`).join(' ');

/** The embedded database takes one process at a time. */
describe.skipIf(!onServices)('calls on two instances with a Redis of their own', { timeout: 60_000 }, () => {
  const servers: TestServer[] = [];
  const open: VoiceClient[] = [];
  let redis: OwnRedis;
  let provider: ProviderSimulator;
  let stores: Awaited<ReturnType<typeof testStores>>;

  beforeAll(async () => {
    redis = await OwnRedis.start();
    provider = await startProviderSimulator();
    stores = await testStores();
    const env = {
      JWT_SECRET: 'a secret that both of the instances know about',
      REDIS_URL: redis.url,
      WS_CONNECTS_PER_MINUTE: '1000',
    };
    for (let at = 0; at < 2; at++) servers.push(await startSimulatedServer(provider, { from: stores, env }));
  });
  afterEach(() => {
    provider.reset();
    for (const client of open.splice(0)) client.close();
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await redis.stop();
    await provider.close();
    await stores.remove();
  });

  const urlOf = (at: number) => servers[at]?.url ?? '';
  async function clientAt(at: number, { token }: Account): Promise<VoiceClient> {
    const client = await VoiceClient.connect(urlOf(at), token);
    open.push(client);
    return client;
  }
  const startAt = async (at: number, account: Account) =>
    (await clientAt(at, account)).ask('call.start', { transport: 'socket' });

  it('are three a user on both together', async () => {
    const account = await newAccount(urlOf(0));
    const first = await clientAt(0, account);
    await first.get('call.start', { transport: 'socket' });
    expect(await Promise.all([startAt(0, account), startAt(1, account)])).toMatchObject([{ ok: true }, { ok: true }]);
    for (const at of [0, 1]) {
      expect(await startAt(at, account)).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
    }
    expect(await startAt(1, await newAccount(urlOf(1)))).toMatchObject({ ok: true });
    await first.get('call.end');
    await first.next('call.ended');
    await vi.waitFor(async () => expect(await startAt(1, account)).toMatchObject({ ok: true }), 10_000);
  });

  it('are come back to where they live, and the other instance says so', async () => {
    const account = await newAccount(urlOf(0));
    const owner = await clientAt(0, account);
    const { call_id } = await owner.get('call.start', { transport: 'socket' });
    const { invitation } = await owner.get('call.invite');
    const elsewhere = await clientAt(1, account);
    for (const [event, body] of [
      ['call.resume', { call_id }],
      ['call.join', { call_id, transport: 'socket' }],
    ] as const) {
      expect(await elsewhere.ask(event, body)).toMatchObject({
        error: { code: 'RESOURCE_ELSEWHERE', details: { reconnect: true } },
      });
    }
    const guest = await newAccount(urlOf(1));
    const strayed = await clientAt(1, guest);
    expect(await strayed.ask('call.resume', { call_id })).toMatchObject({ error: { code: 'RESOURCE_NOT_FOUND' } });
    expect(await strayed.ask('call.join', { call_id, transport: 'socket', invitation })).toMatchObject({
      error: { code: 'RESOURCE_ELSEWHERE' },
    });
    const arrived = await clientAt(0, guest);
    expect(await arrived.ask('call.join', { call_id, transport: 'socket', invitation })).toMatchObject({ ok: true });
  });

  it('are hung up by their id from either instance, by their owner alone', async () => {
    const account = await newAccount(urlOf(0));
    const at = (index: number, of: Account) => (id: string) =>
      ask(urlOf(index), 'POST', `/v1/realtime/calls/${id}/hangup`, { token: of.token });
    for (const index of [0, 1]) {
      const owner = await clientAt(0, account);
      const { call_id: id } = await owner.get('call.start', { transport: 'socket' });
      const stranger = await newAccount(urlOf(1));
      expectRefusal(await at(index, stranger)(id), 404, 'RESOURCE_NOT_FOUND');
      expect(owner.of('call.ended')).toEqual([]);
      expect(await at(index, account)(id)).toMatchObject({ status: 200, body: { call_id: id } });
      expect(await owner.next('call.ended')).toMatchObject({ reason: 'client' });
      expectRefusal(await at(index, account)(id), 404, 'RESOURCE_NOT_FOUND');
    }
    for (const id of [crypto.randomUUID(), 'no-call-at-all'])
      expectRefusal(await at(1, account)(id), 404, 'RESOURCE_NOT_FOUND');
  });

  it('go on while Redis is killed, new ones begin, and all are counted again when it is back', async () => {
    const account = await newAccount(urlOf(0));
    const client = await clientAt(0, account);
    const here = await client.get('call.start', { transport: 'socket' });
    client.talk();
    provider.script({ text: LONG }, { text: 'Yes.' }, { text: 'Here I am.' });
    await client.get('text.send', { text: 'Tell me a story.' });
    await client.next('response.audio');

    await redis.stop();
    const from = client.events.length;
    await client.next('response.audio', from);
    provider.speech.hear({ text: 'Are you still there?' });
    client.say(spokenSamples());
    await client.next('response.interrupted', from);
    expect(await client.next('response.done', from, ({ outcome }) => outcome === 'completed')).toBeDefined();
    expect(client.of('error')).toEqual([]);
    expect(await startAt(0, account)).toMatchObject({ ok: true });
    const there = await startAt(1, account);
    expect(there).toMatchObject({ ok: true });

    await redis.start();
    await client.get('text.send', { text: 'And now?' });
    await client.next('response.done', from, ({ turn_id }) => turn_id === 'turn_3');
    expect(client.of('call.ended')).toEqual([]);
    // Each instance tells the new Redis of the calls that it never knew of.
    for (const [at, call] of [
      [0, there],
      [1, here],
    ] as const) {
      const other = await clientAt(at, account);
      const known = { error: { code: 'RESOURCE_ELSEWHERE' } };
      await vi.waitFor(
        async () => expect(await other.ask('call.resume', { call_id: call.call_id })).toMatchObject(known),
        { timeout: 30_000, interval: 500 },
      );
    }
    expect(await startAt(1, account)).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
  });
});
