import { once } from 'node:events';
import net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { ownServer } from '../setup/test-server.js';

const server = ownServer(() => ({}));
let url: string;
let account: Account;

beforeAll(async () => {
  ({ url } = await server());
  account = await newAccount(url);
});

const GOOD = {
  Host: 'x',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** What is answered to a handshake of somebody who may connect, until the server ends the connection. */
async function answerTo(path: string, change: Record<string, string | undefined>, method = 'GET') {
  const headers = { ...GOOD, Authorization: `Bearer ${account.token}`, 'X-Request-Id': 'of-this-handshake', ...change };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  socket.write([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { head, error: (JSON.parse(body) as { error: unknown }).error };
}

describe.each(['/v1/audio/stt/stream', '/v1/realtime'])('a handshake at %s', (path) => {
  it.each<[string, Record<string, string | undefined>, number, string]>([
    ['of another version', { 'Sec-WebSocket-Version': '12' }, 426, 'VALIDATION_WEBSOCKET_VERSION'],
    ['without a version', { 'Sec-WebSocket-Version': undefined }, 426, 'VALIDATION_WEBSOCKET_VERSION'],
    ['without a key', { 'Sec-WebSocket-Key': undefined }, 400, 'VALIDATION_MALFORMED_HTTP'],
    ['with a key that is none', { 'Sec-WebSocket-Key': 'short' }, 400, 'VALIDATION_MALFORMED_HTTP'],
    ['with protocols that have no names', { 'Sec-WebSocket-Protocol': 'a b' }, 400, 'VALIDATION_MALFORMED_HTTP'],
    ['with one protocol twice', { 'Sec-WebSocket-Protocol': 'a, a' }, 400, 'VALIDATION_MALFORMED_HTTP'],
    ['to more than a WebSocket', { Upgrade: 'websocket, h2c' }, 400, 'VALIDATION_MALFORMED_HTTP'],
  ])('%s is refused as everything else is', async (_name, change, status, code) => {
    const { head, error } = await answerTo(path, change);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/^Content-Type: application\/json; charset=utf-8$/m);
    expect(error).toMatchObject({ code, type: 'invalid_request_error', request_id: 'of-this-handshake' });
    expect(head.includes('Sec-WebSocket-Version: 13, 8')).toBe(status === 426);
  });

  it('that is no GET finds nothing', async () => {
    const { head, error } = await answerTo(path, { 'Content-Length': '0' }, 'POST');
    expect(head).toMatch(/^HTTP\/1\.1 404 /);
    expect(error).toMatchObject({ code: 'RESOURCE_ROUTE_NOT_FOUND' });
  });
});
