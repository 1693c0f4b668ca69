import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { saveResult, store } from './result.js';
import { newAccount } from '../test/setup/account.js';
import { startTestServer, type TestServer } from '../test/setup/test-server.js';
import { loadOf, type Target } from './load.js';
import { cpuSeconds, residentMegabytes, startSimulator } from './processes.js';

// What tracing costs: processor time of a stored, streamed turn of two servers, one of them traced to a collector in this
// process. Blocks of turns take turns, so that both see the same machine; the ratio is what is to be looked at.

const WARM_UP = 2;
const BLOCKS = 10;
const TURNS = 100;
const CONCURRENCY = 8;

const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
const simulator = await startSimulator();

const start = (env: Record<string, string>): Promise<TestServer> =>
  startTestServer({ env: { OPENAI_BASE_URL: simulator.url, OPENAI_API_KEY: 'any', ROLE: 'api', ...env } });

async function targetOf({ url }: TestServer): Promise<Target> {
  const account = await newAccount(url);
  const { body: session } = await account.call('POST', '/v1/sessions', { title: 'Bench' });
  return {
    url: `${url}/v1/chat/completions`,
    headers: () => ({ authorization: `Bearer ${account.token}` }),
    body: (number) => {
      const content = `Turn ${number}: I walked along the river this morning and saw a heron.`;
      return JSON.stringify({
        stream: true,
        messages: [{ role: 'user', content }],
        cozy: { session_id: session.session_id },
      });
    },
  };
}

/** Of a block of turns. */
async function secondsOf({ pid, target }: { pid: number; target: Target }): Promise<number> {
  const before = cpuSeconds(pid);
  await loadOf(target, TURNS, CONCURRENCY);
  return cpuSeconds(pid) - before;
}

const { port } = collector.address() as AddressInfo;
const servers = [await start({}), await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })] as const;
try {
  const sides = await Promise.all(
    servers.map(async (server) => ({ pid: server.process.pid ?? 0, target: await targetOf(server), seconds: 0 })),
  );
  for (let block = -WARM_UP; block < BLOCKS; block += 1) {
    for (const side of sides) side.seconds += (await secondsOf(side)) * (block < 0 ? 0 : 1);
  }
  const [off, on] = sides.map(({ seconds }) => (seconds * 1000) / (BLOCKS * TURNS)) as [number, number];
  const [plainMb, tracedMb] = sides.map(({ pid }) => Math.round(residentMegabytes(pid))) as [number, number];
  await saveResult(`traces-${store}`, 'traces', {
    turns: BLOCKS * TURNS,
    off: { cpu_ms_a_turn: off, resident_mb: plainMb },
    on: { cpu_ms_a_turn: on, resident_mb: tracedMb },
    cpu_ratio: on / off,
  });
} finally {
  for (const server of servers) await server.stop();
  simulator.process.kill('SIGTERM');
  collector.closeAllConnections();
  collector.close();
}
