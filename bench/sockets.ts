import { isFull, saveResult } from './result.js';
import type { Socket } from 'socket.io-client';
import { newAccount } from '../test/setup/account.js';
import { connected } from '../test/setup/socket.js';
import { startTestServer } from '../test/setup/test-server.js';
import { percentile } from './load.js';
import { cpuSeconds, residentMegabytes } from './processes.js';

// What idle Socket.IO clients cost one server: memory each, processor time while nothing happens, and how long a message
// of one of them takes to be answered. Clients and server are on one machine.

const STEPS = (process.env['CLIENTS'] ?? '1000,5000,10000').split(',').map(Number);
const AT_ONCE = 50;
const IDLE_MS = isFull ? 30_000 : 8000;
const ASKED = 200;
const rounded = (value: number) => Math.round(value * 100) / 100;

const server = await startTestServer({ env: { WS_CONNECTS_PER_MINUTE: '100000' } });
const pid = server.process.pid ?? 0;
const { token } = await newAccount(server.url);
const sockets: Socket[] = [];

async function connectUpTo(count: number): Promise<void> {
  while (sockets.length < count) {
    const more = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () =>
      connected(server.url, '/chat', token),
    );
    sockets.push(...(await Promise.all(more)));
  }
}

/** Of a message that is refused: nothing but the way there and back, the guard and the check. */
async function answerTimes(): Promise<number[]> {
  const times: number[] = [];
  for (let asked = 0; asked < ASKED; asked += 1) {
    const startedAt = performance.now();
    await sockets[(asked * 37) % sockets.length]?.emitWithAck('chat.cancel', {});
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** The server's own measure, milliseconds, since it was last asked. */
async function loopLag(): Promise<number> {
  const page = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(page)?.[1]) * 1000;
}

async function step(count: number, emptyMegabytes: number) {
  const startedAt = performance.now();
  const before = sockets.length;
  await connectUpTo(count);
  const seconds = (performance.now() - startedAt) / 1000;
  await loopLag();
  const cpu = cpuSeconds(pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idleCpu = ((cpuSeconds(pid) - cpu) * 1000) / IDLE_MS;
  const lag = await loopLag();
  const times = await answerTimes();
  return {
    clients: count,
    connects_per_second: rounded((count - before) / seconds),
    kilobytes_each: rounded(((residentMegabytes(pid) - emptyMegabytes) * 1024) / count),
    idle_cpu_percent: rounded(idleCpu * 100),
    idle_loop_lag_ms_p99: rounded(lag),
    answer_ms_p50: rounded(percentile(times, 0.5)),
    answer_ms_p95: rounded(percentile(times, 0.95)),
  };
}

try {
  const empty = residentMegabytes(pid);
  const steps = [];
  for (const count of STEPS) steps.push(await step(count, empty));
  await saveResult('sockets', 'sockets', { empty_megabytes: empty, steps });
} finally {
  for (const socket of sockets) socket.close();
  await server.stop();
}
