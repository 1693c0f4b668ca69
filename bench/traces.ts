import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { newAccount } from '../test/setup/account.js';
import { startTestServer, type TestServer } from '../test/setup/test-server.js';
import { load, type Target } from './load.js';
import { cpuSeconds, residentMegabytes, startSimulator } from './processes.js';

// What tracing costs: processor time of a stored, streamed turn of two servers, one of them traced to a collector in this
// process. Blocks of turns take turns, so that both see the same machine; the ratio is what is to be looked at.

const WARM_UP = 2;
const BLOCKS = 10;
const TURNS = 100;
const CONCURRENCY = 8;
const ROOT = path.resolve(import.meta.dirname, '..');

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
    headers: { authorization: `Bearer ${account.token}` },
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
  await load(target, TURNS, CONCURRENCY);
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
  const report = {
    bench: 'traces',
    measured_at: new Date().toISOString(),
    database: process.env['TEST_LANE'] === 'services' ? 'postgres' : 'embedded',
    machine: {
      cpus: os.cpus().length,
      model: os.cpus()[0]?.model,
      node: process.version,
      load: Math.round(os.loadavg()[0] ?? 0),
    },
    turns: BLOCKS * TURNS,
    off: { cpu_ms_a_turn: Math.round(off * 100) / 100, resident_mb: plainMb },
    on: { cpu_ms_a_turn: Math.round(on * 100) / 100, resident_mb: tracedMb },
    cpu_ratio: Math.round((on / off) * 1000) / 1000,
  };
  const text = JSON.stringify(report, null, 2);
  process.stdout.write(`${text}\n`);
  mkdirSync(path.join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(path.join(ROOT, `bench/results/traces-${report.database}.json`), `${text}\n`);
} finally {
  for (const server of servers) await server.stop();
  simulator.process.kill('SIGTERM');
  collector.closeAllConnections();
  collector.close();
}
