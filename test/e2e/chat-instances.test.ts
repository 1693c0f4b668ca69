import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, placesIn, user } from '../factories/conversation.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { connected, nextEvent } from '../setup/socket.js';
import { onServices } from '../setup/test-lane.js';
import { type TestServer, testStores } from '../setup/test-server.js';

/** The embedded database takes one process at a time. */
describe.skipIf(!onServices)('two instances on one database', () => {
  const servers: TestServer[] = [];
  let provider: ProviderSimulator;
  let stores: Awaited<ReturnType<typeof testStores>>;
  let here: Account;
  let there: Account;

  beforeAll(async () => {
    provider = await startProviderSimulator();
    stores = await testStores();
    // Tokens of one instance hold at the other, as both have the secret.
    const env = { JWT_SECRET: 'a secret that both of the instances know about' };
    for (let at = 0; at < 2; at++) servers.push(await startSimulatedServer(provider, { from: stores, env }));
    const [first, second] = servers.map(({ url }) => url) as [string, string];
    here = await newAccount(first);
    const { token } = here;
    there = {
      ...here,
      call: (method, route, body, headers = {}) => call(second, method, route, { token, body, headers }),
    };
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await provider.close();
    await stores.remove();
  });

  it('see the same session', async () => {
    const id = await newSession(here);
    await chat(here, id, [user('I am Ada.')]);
    await chat(there, id, [user('Who am I?')]);
    expect((await placesIn(here, id)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it.each(['different texts', 'one text'])('keep turns at once apart, each with its answer (%s)', async (name) => {
    const id = await newSession(here);
    const second = name === 'one text' ? 'Hello' : 'Good evening';
    const arrived = provider.nextRequest();
    provider.script({ text: 'slow answer in several words', tokenDelayMs: 200 }, { text: 'quick answer' });
    const slow = chat(here, id, [user('Hello')]);
    await arrived;
    await chat(there, id, [user(second)]);
    await slow;
    expect((await placesIn(here, id)).slice(1)).toEqual([
      { seq: 2, text: 'user: Hello' },
      { seq: 3, text: 'assistant: slow answer in several words' },
      { seq: 4, text: `user: ${second}` },
      { seq: 5, text: 'assistant: quick answer' },
    ]);
  });

  it('replay each other’s answers under an Idempotency-Key', async () => {
    const key = { 'Idempotency-Key': crypto.randomUUID() };
    const asked = provider.chats;
    const first = await chat(here, undefined, [user('Hello')], {}, key);
    const again = await chat(there, undefined, [user('Hello')], {}, key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect([again.body, provider.chats]).toEqual([first.body, asked + 1]);
  });

  it.skipIf(!process.env['TEST_REDIS_URL'])(
    'reach the devices of a user that are at the other, with Redis',
    async () => {
      const phone = await connected(servers[0]?.url ?? '', '/chat', here.token);
      const laptop = await connected(servers[1]?.url ?? '', '/chat', here.token);
      provider.script({ text: 'one two three four five six seven eight', tokenDelayMs: 500 });
      const [started, done] = [nextEvent<{ turn_id: string }>(laptop, 'chat.started'), nextEvent(phone, 'chat.done')];
      await phone.emitWithAck('chat.send', { text: 'Count.' });
      // A device at one instance stops what the other one is saying.
      await laptop.emitWithAck('chat.cancel', { turn_id: (await started).turn_id });
      expect(await done).toMatchObject({ finish_reason: 'cancelled' });
      phone.close();
      laptop.close();
    },
  );
});
