import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, placesIn, saidIn, user } from '../factories/conversation.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { ChatStream, streamChat } from '../setup/chat-stream.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { type TestServer, testStores } from '../setup/test-server.js';

const SESSIONS = 6;
const model = 'gpt-4o-mini';
let provider: ProviderSimulator;
let stores: Awaited<ReturnType<typeof testStores>>;
let server: TestServer;

beforeAll(async () => {
  provider = await startProviderSimulator();
});

afterEach(async () => {
  await server.stop();
  await stores.remove();
  provider.reset();
});

afterAll(() => provider.close());

const start = async () => (server = await startSimulatedServer(provider, { from: stores, env: { ROLE: 'all' } }));

/** The same person at the server that came up after the crash. */
const at = (url: string, { token, ...rest }: Account): Account => ({
  ...rest,
  token,
  call: (method, route, body, headers = {}) => call(url, method, route, { token, body, headers }),
});

/** Streams that have said their first words and say nothing more. */
async function streamsInTheMiddle(account: Account, sessions: string[]): Promise<ChatStream[]> {
  return Promise.all(
    sessions.map(async (session_id, index) => {
      provider.failOnce({ kind: 'hang-mid-stream' });
      const body = { model, session_id, messages: [user(`left ${index}`)] };
      const stream = await ChatStream.open(server.url, { token: account.token, body });
      await stream.untilSaid();
      return stream;
    }),
  );
}

const told = (index: number) => [`user: first ${index}`, `assistant: first ${index}`, `user: left ${index}`];

// Each test starts the server two or three times.
describe('kill -9 in the middle of answers', { timeout: 120_000 }, () => {
  it('loses nothing that was stored, keeps the order, and a second try is not stored twice', async () => {
    stores = await testStores();
    await start();
    const before = await newAccount(server.url);
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => newSession(before)));
    provider.setAnswer({ echo: true });
    await Promise.all(sessions.map((id, index) => chat(before, id, [user(`first ${index}`)], { model })));
    const streams = await streamsInTheMiddle(before, sessions);
    const ends = streams.map((stream) =>
      stream.whole().then(
        () => 'ended',
        () => 'broken',
      ),
    );
    await server.stop('SIGKILL');
    expect(await Promise.all(ends)).toEqual(sessions.map(() => 'broken'));

    await start();
    const account = at(server.url, before);
    for (const [index, id] of sessions.entries()) expect(await saidIn(account, id)).toEqual(told(index));

    await Promise.all(sessions.map((id, index) => chat(account, id, [user(`left ${index}`)], { model })));
    for (const [index, id] of sessions.entries()) {
      expect(await saidIn(account, id)).toEqual([...told(index), `assistant: left ${index}`]);
      const places = (await placesIn(account, id)).map(({ seq }) => seq);
      expect(places).toEqual(places.toSorted((one, other) => one - other));
      expect(new Set(places).size).toBe(places.length);
      const { body } = await account.call('GET', `/v1/sessions/${id}`);
      expect(body.total_messages).toBe(body.messages.length);
    }
    expect((await account.call('GET', '/v1/sessions')).body.total).toBe(SESSIONS);
  });

  // Bug: for ten minutes the second try was refused with 409, as if the first were still being answered.
  it('a second try under the same Idempotency-Key is answered at once', async () => {
    stores = await testStores();
    await start();
    const before = await newAccount(server.url);
    const id = await newSession(before);
    const key = { 'Idempotency-Key': crypto.randomUUID() };
    const body = { model, session_id: id, messages: [user('Hello?')] };
    provider.failOnce({ kind: 'hang-mid-stream' });
    const stream = await ChatStream.open(server.url, { token: before.token, headers: key, body });
    await stream.untilSaid();
    const broken = stream.whole().catch((error: unknown) => error);
    await server.stop('SIGKILL');
    expect(await broken).toBeInstanceOf(Error);

    await start();
    provider.setAnswer({ text: 'Here.' });
    const again = await streamChat(server.url, { token: before.token, headers: key, body });
    expect(again.content).toBe('Here.');
    expect(await saidIn(at(server.url, before), id)).toEqual(['user: Hello?', 'assistant: Here.']);
  });

  it('in the middle of many short turns: what was answered is stored', async () => {
    stores = await testStores();
    await start();
    const before = await newAccount(server.url);
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => newSession(before)));
    provider.setAnswer({ echo: true });
    const answered = sessions.map(() => 0);
    const talking = sessions.map(async (id, index) => {
      for (let turn = 0; ; turn++) {
        const { status } = await chat(before, id, [user(`turn ${turn}`)], { model });
        if (status !== 200) return;
        answered[index] = turn + 1;
      }
    });
    // Before the kill: a client that is cut off while nobody waits for it would count as a failure of the run.
    const ended = Promise.allSettled(talking);
    await expect.poll(() => Math.min(...answered), { timeout: 20_000 }).toBeGreaterThan(5);
    await server.stop('SIGKILL');
    await ended;

    await start();
    const account = at(server.url, before);
    for (const [index, id] of sessions.entries()) {
      const turns = Array.from({ length: answered[index] ?? 0 }, (_, turn) => `turn ${turn}`);
      const said = await saidIn(account, id);
      expect(said.slice(0, turns.length * 2)).toEqual(turns.flatMap((text) => [`user: ${text}`, `assistant: ${text}`]));
      expect(said.length).toBeLessThanOrEqual(turns.length * 2 + 2);
    }
  });

  it('keeps people signed in and their new sessions working', async () => {
    stores = await testStores();
    await start();
    const before = await newAccount(server.url);
    await server.stop('SIGKILL');
    await start();
    const account = at(server.url, before);
    expect((await account.call('GET', '/v1/users/me')).body.id).toBe(before.id);
    const refreshed = await call(server.url, 'POST', '/v1/auth/refresh', {
      body: { refresh_token: before.refreshToken },
    });
    expect(refreshed.status).toBe(200);
    const id = await newSession(account);
    expect((await chat(account, id, [user('Hello')], { model })).status).toBe(200);
  });

  it('promised work is done after the restart: a title that was due is made', async () => {
    stores = await testStores();
    await start();
    const before = await newAccount(server.url);
    const id = await newSession(before, {});
    provider.setAnswer({ text: 'Like this.' });
    for (const text of ['How do I brew tea?', 'And coffee?']) await chat(before, id, [user(text)], { model });
    await chat(before, id, [user('And cocoa?')], { model });
    await server.stop('SIGKILL');
    provider.setAnswer({ text: 'Hot drinks' });
    await start();
    const account = at(server.url, before);
    const title = async () => (await account.call('GET', `/v1/sessions/${id}`)).body.title;
    await expect.poll(title, { timeout: 90_000, interval: 200 }).toMatch(/^(Hot drinks|Like this)$/);
  });
});
