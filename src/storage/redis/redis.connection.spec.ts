import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { StorageSection } from '../../core/config/sections/storage.section.js';
import { Logger } from '../../core/logging/logger.js';
import { connectRedis } from './redis.connection.js';

const INFO = 'redis_version:7.0.0\r\nloading:0\r\n';
const sockets: Socket[] = [];
let server: Server;

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** Of those who want a value: so many are not answered. */
let silences = 0;

/** As much of Redis as a client asks for at first, and values. */
function answer(socket: Socket, command: string): void {
  if (/\binfo\b/i.test(command)) socket.write(`$${INFO.length}\r\n${INFO}\r\n`);
  else if (!/\bget\b/i.test(command)) socket.write('+OK\r\n');
  else if (silences === 0) socket.write('$4\r\nkept\r\n');
  else silences -= 1;
}

async function redisThatFallsSilent(): Promise<StorageSection> {
  silences = 1;
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (data) => {
      for (const command of data
        .toString()
        .split(/\*\d+\r\n/)
        .slice(1))
        answer(socket, command);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(new StorageSection(), { redis_url: `redis://127.0.0.1:${port}`, connect_timeout_ms: 1000 });
}

it('connects again where Redis is gone without a word, and asks once more', async () => {
  const connection = await connectRedis(await redisThatFallsSilent(), new Logger('silent'), 200);
  expect(await connection.client?.get('what')).toBe('kept');
  expect(sockets.length).toBeGreaterThan(1);
  await connection.close();
});

it('watches the connections that are made after it, too', async () => {
  const connection = await connectRedis(await redisThatFallsSilent(), new Logger('silent'), 200);
  const another = connection.client?.duplicate();
  expect(await another?.get('what')).toBe('kept');
  another?.disconnect();
  await connection.close();
});
