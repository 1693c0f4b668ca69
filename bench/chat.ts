import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { newAccount } from '../test/setup/account.js';
import { startTestServer } from '../test/setup/test-server.js';
import { load, percentile, type Target, turn } from './load.js';
import { startSimulator } from './processes.js';

// What a stored turn costs beside a direct call to the same simulated provider: interleaved calls, medians, ratio; then
// throughput. `TEST_DATABASE_URL` (and `TEST_LANE=services`, as the script sets it) measures on a real Postgres.

const ROUNDS = 400;
const WARM_UP = 100;
const SESSIONS = 50;
const THROUGHPUT_TURNS = 4000;
const ROOT = path.resolve(import.meta.dirname, '..');

const message = (number: number) => `Turn ${number}: I walked along the river this morning and saw a heron.`;

const body = (number: number, more: object) =>
  JSON.stringify({ stream: true, messages: [{ role: 'user', content: message(number) }], ...more });

async function targets(simulatorUrl: string, serverUrl: string): Promise<{ direct: Target; stored: Target }> {
  const account = await newAccount(serverUrl);
  const sessions = await Promise.all(
    Array.from(
      { length: SESSIONS },
      async () => (await account.call('POST', '/v1/sessions', {})).body.session_id as string,
    ),
  );
  return {
    direct: {
      url: `${simulatorUrl}/chat/completions`,
      headers: { authorization: 'Bearer any' },
      body: (number) => body(number, { model: 'gpt-4o-mini', stream_options: { include_usage: true } }),
    },
    stored: {
      url: `${serverUrl}/v1/chat/completions`,
      headers: { authorization: `Bearer ${account.token}` },
      body: (number) => body(number, { cozy: { session_id: sessions[number % SESSIONS] } }),
    },
  };
}

async function interleaved({ direct, stored }: { direct: Target; stored: Target }) {
  const plain: number[] = [];
  const ours: number[] = [];
  const firstByte: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const [a, b] = [await turn(direct, round + WARM_UP), await turn(stored, round + WARM_UP)];
    if (round < 0) continue;
    plain.push(a.total);
    ours.push(b.total);
    firstByte.push(b.firstByte - a.firstByte);
  }
  const added = ours.map((total, index) => total - (plain[index] ?? 0));
  return {
    direct_ms_p50: percentile(plain, 0.5),
    stored_ms_p50: percentile(ours, 0.5),
    ratio_p50: percentile(ours, 0.5) / percentile(plain, 0.5),
    added_ms_p50: percentile(added, 0.5),
    added_ms_p95: percentile(added, 0.95),
    added_first_byte_ms_p50: percentile(firstByte, 0.5),
  };
}

async function throughput({ direct, stored }: { direct: Target; stored: Target }, concurrency: number) {
  await load(stored, 500, concurrency);
  const ours = await load(stored, THROUGHPUT_TURNS, concurrency);
  const plain = await load(direct, THROUGHPUT_TURNS, concurrency);
  const totals = ours.timings.map((timing) => timing.total);
  return {
    concurrency,
    stored_per_second: ours.perSecond,
    direct_per_second: plain.perSecond,
    stored_ms_p50: percentile(totals, 0.5),
    stored_ms_p95: percentile(totals, 0.95),
    direct_ms_p50: percentile(
      plain.timings.map((timing) => timing.total),
      0.5,
    ),
  };
}

const round = (value: unknown): unknown =>
  typeof value === 'number'
    ? Math.round(value * 100) / 100
    : Array.isArray(value)
      ? value.map(round)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, round(entry)]))
        : value;

const simulator = await startSimulator();
const server = await startTestServer({
  env: {
    OPENAI_BASE_URL: simulator.url,
    OPENAI_API_KEY: 'any',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
    RATE_LIMIT_USER_PER_MINUTE: '1000000',
    RATE_LIMIT_IP_PER_MINUTE: '1000000',
  },
});
try {
  const both = await targets(simulator.url, server.url);
  const report = round({
    bench: 'chat',
    measured_at: new Date().toISOString(),
    database: process.env['TEST_LANE'] === 'services' ? 'postgres' : 'embedded',
    machine: { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version },
    one_at_a_time: await interleaved(both),
    throughput: [await throughput(both, 16), await throughput(both, 50)],
  });
  const text = JSON.stringify(report, null, 2);
  process.stdout.write(`${text}\n`);
  mkdirSync(path.join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(path.join(ROOT, `bench/results/chat-${(report as { database: string }).database}.json`), `${text}\n`);
} finally {
  await server.stop();
  simulator.process.kill('SIGTERM');
}
