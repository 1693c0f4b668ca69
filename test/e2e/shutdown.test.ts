import { once } from 'node:events';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { messagesOf, newSession, user } from '../factories/conversation.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { ChatStream } from '../setup/chat-stream.js';
import { startSimulatedServer, type SimulatedServerOptions } from '../setup/simulated-server.js';
import { type TestServer, testStores } from '../setup/test-server.js';

const model = 'gpt-4o-mini';
/** Longer than any test: who waits for its end fails. */
const ENDLESS = { SHUTDOWN_GRACE_MS: '600000' };
const GRACE_OVER = /the grace period is over/;
let provider: ProviderSimulator;
let stores: Awaited<ReturnType<typeof testStores>>;
let server: TestServer;
let account: Account;

beforeAll(async () => {
  provider = await startProviderSimulator();
});

afterEach(async () => {
  await server.stop('SIGKILL');
  await stores.remove();
  provider.reset();
});

afterAll(() => provider.close());

async function start(options: SimulatedServerOptions): Promise<void> {
  stores = await testStores();
  server = await startSimulatedServer(provider, { ...options, from: stores });
  account = await newAccount(server.url);
}

const stream = (sessionId: string) =>
  ChatStream.open(server.url, {
    token: account.token,
    body: { model, session_id: sessionId, messages: [user('Hello')] },
  });

/** Ends the server as an operator does; the exit code comes later. */
const terminate = () => ({ exit: server.stop('SIGTERM') });

/** What a server that comes up on the same stores knows of a session. */
async function storedAfterwards(sessionId: string) {
  server = await startSimulatedServer(provider, { from: stores });
  const { token } = account;
  return messagesOf({ ...account, call: (method, route) => call(server.url, method, route, { token }) }, sessionId);
}

describe('SIGTERM', { timeout: 45_000 }, () => {
  it('lets a running stream finish, stores it and exits 0, without waiting any longer', async () => {
    await start({ env: ENDLESS });
    const id = await newSession(account);
    const words = Array.from({ length: 20 }, (_, at) => `word${at} `);
    provider.script({ text: words, tokenDelayMs: 50 });
    const open = await stream(id);
    await open.untilSaid();
    const { exit } = terminate();
    expect(await open.events()).toMatchObject({ content: words.join(''), done: true });
    expect(await exit).toBe(0);
    expect((await storedAfterwards(id)).at(-1)).toMatchObject({ content: words.join('') });
  });

  it('says 503 on /health/ready while the process is still alive', async () => {
    await start({ env: ENDLESS, config: { 'app.development.yaml': { shutdown_drain_ms: 5000 } } });
    const ready = () => call(server.url, 'GET', '/health/ready');
    expect((await ready()).status).toBe(200);
    const { exit } = terminate();
    await expect.poll(async () => (await ready()).status, { interval: 20 }).toBe(503);
    const { body } = await ready();
    expect(body.error.code).toBe('INTERNAL_SHUTTING_DOWN');
    expect((await call(server.url, 'GET', '/health/live')).status).toBe(200);
    expect(await exit).toBe(0);
  });

  it('is not held up by a connection on which nothing was ever asked', async () => {
    await start({ env: ENDLESS });
    const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    // The server has accepted it once it answers somebody who came later.
    expect((await call(server.url, 'GET', '/health/live')).status).toBe(200);
    const { exit } = terminate();
    await closed;
    expect(await exit).toBe(0);
    expect(server.output.join('\n')).not.toMatch(GRACE_OVER);
  });

  it('ends a stream that outlives the grace with an error, stores what was said and exits 0', async () => {
    await start({ env: { SHUTDOWN_GRACE_MS: '300' } });
    const id = await newSession(account);
    provider.failOnce({ kind: 'hang-mid-stream' });
    const open = await stream(id);
    await open.untilSaid();
    const { exit } = terminate();
    const { chunks, content, done } = await open.events();
    expect(chunks.at(-1).error).toMatchObject({ code: 'INTERNAL_SHUTTING_DOWN' });
    expect(done).toBe(true);
    expect(await exit).toBe(0);
    expect(await provider.requests[0]?.outcome).toBe('aborted');
    expect((await storedAfterwards(id)).at(-1)).toMatchObject({ content, metadata: { interrupted: true } });
  });

  it('a second time changes nothing', async () => {
    await start({ env: ENDLESS });
    const id = await newSession(account);
    provider.script({ text: 'one two three four five', tokenDelayMs: 100 });
    const open = await stream(id);
    await open.untilSaid();
    const { exit } = terminate();
    server.process.kill('SIGTERM');
    server.process.kill('SIGINT');
    expect(await open.events()).toMatchObject({ content: 'one two three four five', done: true });
    expect(await exit).toBe(0);
  });

  it('of an idle server exits 0 and leaves no error in the log', async () => {
    await start({ env: ENDLESS });
    expect(await server.stop('SIGTERM')).toBe(0);
    const entries = server.output.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    expect(entries.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });
});
