import { once } from 'node:events';
import net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { call } from '../setup/account.js';
import { ownServer, type TestServer } from '../setup/test-server.js';

const own = ownServer(() => ({ env: { LOG_LEVEL: 'info' } }));
let server: TestServer;

beforeAll(async () => {
  server = await own();
});

const request = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
const upgrade = (target: string) =>
  request(
    `GET ${target}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  );
const CONNECT = request('CONNECT a:1');
const NO_HTTP = 'no HTTP\r\n\r\n';
/** Refused before a handshake, by it, and by Socket.IO. */
const REFUSED = [
  ['a tunnel', CONNECT],
  ['an upgrade to nothing', upgrade('/nope')],
  ['an upgrade without a credential', upgrade('/v1/realtime')],
  ['an upgrade of no Socket.IO session', upgrade('/socket.io/?EIO=4&transport=websocket&sid=none')],
  ['two hosts', request('GET /v1/users/me', 'Host: y')],
  ['no HTTP', NO_HTTP],
] as const;

/** A connection, and what was answered on it. */
function open(options: Partial<net.TcpNetConnectOpts> = {}): { socket: net.Socket; answer: () => string } {
  const { hostname, port } = new URL(server.url);
  const socket = net.connect({ host: hostname, port: Number(port), ...options });
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  socket.on('error', () => undefined);
  return { socket, answer: () => answer };
}

/** What is answered to these bytes, until the server ends the connection. */
async function answerTo(bytes: string): Promise<string> {
  const { socket, answer } = open();
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer();
}

/** The status lines of an answer. */
const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

async function isAlive(): Promise<boolean> {
  return (await call(server.url, 'GET', '/health/live')).status === 200 && server.process.exitCode === null;
}

describe('a client that resets its connection', () => {
  it.each(REFUSED)('upon a refusal (%s) does not end the server', async (_, bytes) => {
    const resets = Array.from({ length: 60 }, async (__, at) => {
      const { socket } = open();
      await once(socket, 'connect');
      socket.write(bytes);
      const delay = [0, 1, 5, 30][at % 4] ?? 0;
      const closed = once(socket, 'close');
      if (delay === 0) socket.resetAndDestroy();
      else setTimeout(() => socket.resetAndDestroy(), delay);
      await closed;
    });
    await Promise.all(resets);
    expect(await isAlive()).toBe(true);
  });
});

describe('a refused connection', () => {
  it.each(REFUSED)('(%s) is told so once and closed, though its client sends on and never ends', async (_, bytes) => {
    const { socket, answer } = open({ allowHalfOpen: true });
    socket.write(bytes);
    // Only a connection that the server has closed altogether is reset by what is sent on it.
    const more = setInterval(() => socket.write('more'), 20);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(more);
    expect(statuses(answer())).toHaveLength(1);
  });
});

describe('a faulty request behind one that is still being answered', () => {
  // It asks the stores first, and so takes longer than what follows takes to be found faulty.
  const first = request('GET /v1/users/me');

  it.each([
    ['no HTTP', NO_HTTP],
    ['a tunnel', CONNECT],
    ['an upgrade', upgrade('/nope')],
    ['an upgrade that would be let in', upgrade('/socket.io/?EIO=4&transport=websocket')],
  ])('(%s) closes the connection, and is not mistaken for its answer', async (_, second) => {
    expect(await answerTo(first + second)).toBe('');
  });

  it.each([
    ['two hosts', request('GET /health/live', 'Host: y')],
    ['no target', request('GET http://x:99999/')],
  ])('(%s) is answered after it, and nothing after it is read', async (_, second) => {
    const answer = await answerTo(first + second + request('GET /health/live'));
    expect(statuses(answer)).toEqual([401, 400]);
    expect(answer).toMatch(/AUTH_REQUIRED[^]*VALIDATION_MALFORMED_HTTP/);
  });
});

describe('a request that express would not route', () => {
  it.each([
    ['two hosts', request('GET /health/live', 'Host: y'), 400],
    ['no target', request('GET http://x:99999/'), 400],
    ['an expectation nobody knows', request('GET /health/live', 'Expect: 200-ok'), 417],
  ])('(%s) is logged and counted as every other', async (_, bytes, status) => {
    const id = `faulty-${status}-${server.output.length}`;
    const answer = await answerTo(bytes.replace('Host: x', `Host: x\r\nX-Request-Id: ${id}`));
    expect([statuses(answer), answer]).toEqual([[status], expect.stringContaining(`X-Request-Id: ${id}`)]);
    await expect.poll(() => server.output.find((line) => line.includes(id))).toContain(`"status":${status}`);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`^cozy_http_requests_total\\{[^}]*"${status}"[^}]*\\} [1-9]`, 'm'));
  });

  it('is under the limit of its address', async () => {
    const answer = await answerTo(request('GET http://x:99999/'));
    expect(answer).toMatch(/^RateLimit-Remaining: \d/m);
  });
});
