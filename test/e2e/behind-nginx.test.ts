import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { ChatStream, streamChat } from '../setup/chat-stream.js';
import { freePort } from '../setup/free-port.js';
import { nginxInstalled, TestNginx } from '../setup/nginx.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { connected, nextEvent } from '../setup/socket.js';
import { onServices } from '../setup/test-lane.js';
import { type TestServer, testStores } from '../setup/test-server.js';

/**
 * nginx closes what is idle when it is told of new instances, and a client that was about to ask again on such a connection
 * must do so on another. Browsers do, Node's fetch does not: so it is told to begin anew each time.
 */
const anew = { Connection: 'close' };

const question = { messages: [{ role: 'user', content: 'Hello' }] };

const reasonOf = ({ cause }: Error): string => (cause instanceof Error ? cause.message : '');

/** Two instances need a database of several processes. */
describe.skipIf(!onServices || !nginxInstalled)('two instances behind docker/nginx/nginx.conf', () => {
  const servers: TestServer[] = [];
  let provider: ProviderSimulator;
  let stores: Awaited<ReturnType<typeof testStores>>;
  let ports: [number, number];
  let nginx: TestNginx;
  let url: string;
  let account: Account;

  const startInstance = async (at: 0 | 1) => {
    servers[at] = await startSimulatedServer(provider, {
      from: stores,
      // As after a SIGTERM in a cluster: the door stays open while the balancer learns that the instance goes.
      config: { 'app.development.yaml': { shutdown_drain_ms: 1000 } },
      env: {
        JWT_SECRET: 'a secret that both of the instances know about',
        TRUST_PROXY: '1',
        PORT: String(ports[at]),
        SHUTDOWN_GRACE_MS: '20000',
      },
    });
  };

  beforeAll(async () => {
    provider = await startProviderSimulator({ answer: { text: 'Good to hear from you.' } });
    stores = await testStores();
    ports = [await freePort(), await freePort()];
    await startInstance(0);
    await startInstance(1);
    nginx = await TestNginx.start(ports);
    ({ url } = nginx);
    account = await newAccount(url);
  }, 240_000);

  afterAll(async () => {
    await nginx?.stop();
    await Promise.all(servers.map((server) => server.stop()));
    await provider.close();
    await stores.remove();
  });

  it('both answer', async () => {
    for (let at = 0; at < 8; at++) expect((await call(url, 'GET', '/health/ready')).status).toBe(200);
    // nginx writes its line after the answer, here and below.
    await vi.waitFor(() => {
      for (const port of ports)
        expect(nginx.log()).toMatch(new RegExp(`GET /health/ready 200 .* 127\\.0\\.0\\.1:${port} `));
    });
  });

  it('words of a stream arrive while the model still thinks', async () => {
    provider.failOnce({ kind: 'hang-mid-stream' });
    const stream = await ChatStream.open(url, { token: account.token, body: question });
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await stream.untilSaid();
    expect(stream.text).not.toContain('[DONE]');
    stream.leave();
  });

  it.each([['polling'], ['websocket'], ['polling', 'websocket']])('Socket.IO talks over %s', async (...transports) => {
    const socket = await connected(url, '/chat', account.token, { transports });
    try {
      if (transports.length > 1 && socket.io.engine.transport.name === 'polling') {
        await once(socket.io.engine as never, 'upgrade');
      }
      expect(socket.io.engine.transport.name).toBe(transports.at(-1));
      const done = nextEvent<{ finish_reason: string }>(socket, 'chat.done');
      socket.emit('chat.send', { text: 'Hello' });
      expect((await done).finish_reason).toBe('stop');
    } finally {
      socket.close();
    }
  });

  it('the address that is seen is the caller’s, and metrics are not for the world', async () => {
    expect((await call(url, 'GET', '/metrics')).status).toBe(404);
  });

  it.each(['/v1/realtime', '/api/v1/realtime/calls', '/V1/Realtime'])(
    'what is asked of the host for calls at %s reaches the instance for calls alone',
    async (route) => {
      const lines = () =>
        nginx
          .log()
          .split('\n')
          .filter((line) => line.includes(` GET ${route} `));
      const before = lines().length;
      for (let at = 0; at < 4; at++) await call(nginx.callsUrl, 'GET', route);
      await vi.waitFor(() => expect(lines()).toHaveLength(before + 4));
      expect(lines().slice(before)).toEqual(Array(4).fill(expect.stringContaining(` 127.0.0.1:${ports[0]} `)));
    },
  );

  it('a rolling restart of both under load fails nobody', async () => {
    const outcomes = { answered: 0, streamed: 0, read: 0, failed: [] as string[] };
    const over = new AbortController();
    const until = async (ask: () => Promise<void>) => {
      while (!over.signal.aborted)
        await ask().catch((error: Error) => outcomes.failed.push(`${error.message} ${reasonOf(error)}`));
    };
    const asked = async (method: string, route: string, body: unknown, kind: 'answered' | 'read') => {
      const { status, body: said } = await account.call(method, route, body, anew);
      if (status === 200) outcomes[kind]++;
      else outcomes.failed.push(`${method} ${route}: ${status} ${JSON.stringify(said)}`);
    };
    const load = [
      until(() => asked('POST', '/v1/chat/completions', question, 'answered')),
      until(() => asked('GET', '/v1/users/me', undefined, 'read')),
      until(async () => {
        const { done, content } = await streamChat(url, { token: account.token, body: question, headers: anew });
        if (done && content === 'Good to hear from you.') outcomes.streamed++;
        else outcomes.failed.push(`a stream: ${content}`);
      }),
    ];
    for (const at of [0, 1] as const) {
      nginx.takeOut(at);
      expect(await servers[at]?.stop()).toBe(0);
      await startInstance(at);
      nginx.takeOut(null);
    }
    over.abort();
    await Promise.all(load);
    expect(outcomes.failed).toEqual([]);
    expect(Math.min(outcomes.answered, outcomes.streamed, outcomes.read)).toBeGreaterThan(0);
    process.stdout.write(`Rolling restart: ${JSON.stringify(outcomes)}\n`);
  }, 240_000);
});
