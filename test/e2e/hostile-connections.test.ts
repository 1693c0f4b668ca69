import { once } from 'node:events';
import net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { call } from '../setup/account.js';
import { configFolder } from '../setup/config-folder.js';
import { refusalOf } from '../setup/socket.js';
import { ownServer } from '../setup/test-server.js';

const server = ownServer(() => ({
  env: {
    TRUST_PROXY: '1',
    RATE_LIMIT_IP_PER_MINUTE: '5',
    CONFIG_DIR: configFolder({ 'api.yaml': 'headers_timeout_ms: 1000\nrequest_timeout_ms: 1000\n' }),
  },
}));
let url: string;
let hosts = 0;

beforeAll(async () => {
  ({ url } = await server());
});

/** An address that nobody has asked from. */
const newAddress = () => `192.0.2.${(hosts += 1)}`;

/** What is answered to these bytes, until the server ends the connection. */
async function answerTo(bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer;
}

const upgrade = (target: string, ...more: string[]) =>
  [
    `GET ${target} HTTP/1.1`,
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...more,
    '',
    '',
  ].join('\r\n');

describe('an upgrade', () => {
  it.each(['//', '//[', 'http://[', '/\\', 'http://:99999/', '///socket.io/'])(
    'whose target is no URL (%s) is refused and does not end the server',
    async (target) => {
      expect(await answerTo(upgrade(target))).toMatch(/^HTTP\/1\.1 40[04] [^]*"code":"[A-Z_]+"/);
      expect((await call(url, 'GET', '/health/live')).status).toBe(200);
    },
  );

  it.each([
    ['to nothing', upgrade('/nowhere')],
    ['to another host’s Socket.IO', upgrade('http://elsewhere.example/socket.io/?EIO=4&transport=websocket')],
    ['of a path that cannot be decoded', upgrade('/v1/realtime/%ff')],
    ['without a credential', upgrade('/v1/realtime')],
    ['with a query that cannot be decoded', upgrade('/v1/realtime?token=%ff%')],
    ['with a foreign origin', upgrade('/v1/realtime', 'Origin: https://evil.example')],
    ['with an origin that is no URL', upgrade('/v1/realtime', 'Origin: //')],
    [
      'of Socket.IO from a foreign origin',
      upgrade('/socket.io/?EIO=4&transport=websocket', 'Origin: https://e.example'),
    ],
    ['of a Socket.IO session that is none', upgrade('/socket.io/?EIO=4&transport=websocket&sid=__proto__')],
  ])('%s is refused', async (_, bytes) => {
    expect(await answerTo(bytes)).toMatch(/^HTTP\/1\.1 40[0134] /);
    expect((await call(url, 'GET', '/health/live')).status).toBe(200);
  });
});

describe('Socket.IO connections that ask for no namespace', () => {
  it('or for the one that Socket.IO has of itself, without saying who they are, are not let in', async () => {
    const { message } = await refusalOf(url, '/', {}, { 'X-Forwarded-For': newAddress() });
    expect(message).toBe('There is nothing here. Connect to /chat or /voice.');
  });

  it('are limited by address, as they hold memory before anybody has said who they are', async () => {
    const from = (address: string) =>
      fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers: { 'X-Forwarded-For': address } });
    const address = newAddress();
    const statuses: number[] = [];
    for (let at = 0; at < 12; at += 1) statuses.push((await from(address)).status);
    expect(statuses).toEqual([...Array(10).fill(200), 403, 403]);
    expect((await from(newAddress())).status).toBe(200);
  });

  it('do not take the place of the refusal that says what it is', async () => {
    const headers = { 'X-Forwarded-For': newAddress() };
    const codes: (string | undefined)[] = [];
    for (let at = 0; at < 7; at += 1)
      codes.push((await refusalOf(url, '/chat', { token: 'ck_no' }, headers)).data?.code);
    expect(codes).toEqual([...Array(5).fill('AUTH_TOKEN_INVALID'), ...Array(2).fill('RATE_LIMIT_EXCEEDED')]);
  });
});

const post = (...more: string[]) =>
  [
    'POST /v1/users/login HTTP/1.1',
    'Host: x',
    `X-Forwarded-For: ${newAddress()}`,
    'Content-Type: application/json',
    ...more,
  ].join('\r\n');
const get = (...more: string[]) => ['GET /health/live HTTP/1.1', 'Host: x', ...more, '', ''].join('\r\n');
/** What a second reader may take for a request of its own. */
const SMUGGLED = get('Connection: close');

describe('request smuggling', () => {
  it.each([
    ['a length and chunks', `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['chunks and a length', `${post('Transfer-Encoding: chunked', 'Content-Length: 5')}\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['two lengths', `${post('Content-Length: 2', `Content-Length: ${2 + SMUGGLED.length}`)}\r\n\r\n{}${SMUGGLED}`],
    ['a length with a sign', `${post('Content-Length: +2')}\r\n\r\n{}${SMUGGLED}`],
    ['an encoding that is none', `${post('Transfer-Encoding: xchunked')}\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['an encoding after chunks', `${post('Transfer-Encoding: chunked, identity')}\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a blank before the colon', `${post('Transfer-Encoding : chunked')}\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a folded header', get('X-A: b', ' Transfer-Encoding: chunked') + SMUGGLED],
    ['a bare CR', get('X-A: b\rTransfer-Encoding: chunked') + SMUGGLED],
    ['a NUL', get('X-A: b\0') + SMUGGLED],
    ['bare line feeds', `GET /health/live HTTP/1.1\nHost: x\n\n${SMUGGLED}`],
    ['a chunk longer than it says', `${post('Transfer-Encoding: chunked')}\r\n\r\n2\r\n{}XX0\r\n\r\n${SMUGGLED}`],
    [
      'a chunk of a size beyond numbers',
      `${post('Transfer-Encoding: chunked')}\r\n\r\nfffffffffffffffff\r\n${SMUGGLED}`,
    ],
    ['two hosts', get('Host: y') + SMUGGLED],
  ])('by %s is refused, and nothing after it is read', async (_, bytes) => {
    const answer = await answerTo(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*"code":"VALIDATION_MALFORMED_HTTP"/);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });
});

describe('a request line or headers', () => {
  it.each([
    ['an address of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a header of 20 KB', get(`X-A: ${'a'.repeat(20_000)}`)],
    ['more than 200 headers', get(...Array.from({ length: 200 }, (__, at) => `X-${at}: a`))],
    ['3,000 headers', get(...Array.from({ length: 3000 }, (__, at) => `a${at}:b`))],
    [
      'trailers of 20 KB',
      `${post('Transfer-Encoding: chunked')}\r\n\r\n2\r\n{}\r\n0\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    ],
  ])('with %s is too large', async (_, bytes) => {
    expect(await answerTo(bytes)).toMatch(/^HTTP\/1\.1 431 [^]*"code":"VALIDATION_HEADERS_TOO_LARGE"/);
  });

  // express has no path for these, and answered them by itself: no limit, no log, a page of HTML.
  it.each(['CONNECT example.com:443', 'GET http://[', 'GET http:'])(
    'that says %s is answered as every error is, and the connection ends',
    async (line) => {
      const answer = await answerTo(`${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] [^]*X-Request-Id: [^]*"code":"[A-Z_]+"/);
    },
  );
});

describe('a client that never ends its headers', () => {
  const begun = 'GET /v1/users/me HTTP/1.1\r\nHost: x\r\nX-Slow: ';
  const slow = [
    ...Array.from({ length: 50 }, () => begun),
    `${post('Content-Length: 1000')}\r\n\r\n{`,
    `${post('Transfer-Encoding: chunked')}\r\n\r\n1\r\n{\r\n`,
    // Nothing at all.
    '',
  ];

  // Node looks at its connections twice a minute.
  it('or its body is told so and let go, and keeps nobody else waiting', { timeout: 60_000 }, async () => {
    const answers = slow.map(answerTo);
    expect((await call(url, 'GET', '/health/live')).status).toBe(200);
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"VALIDATION_REQUEST_TIMEOUT"/);
    }
  });
});
