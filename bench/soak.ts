import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFull, saveResult, store } from './result.js';
import { Client } from 'pg';
import { startTestServer, testStores } from '../test/setup/test-server.js';
import { people } from './load.js';
import { Metrics } from './metrics.js';
import { openFiles, residentMegabytes, startHelper } from './processes.js';
import { slopePerMinute } from './slope.js';
import { Soakers } from './soakers.js';

// What a server holds on to: mixed turns, a third of them left at a random point, and sockets that come and go. Its memory
// each second after a warm-up, what it holds once all have gone, and whether every gauge is back at zero.

const MINUTES = Number(process.env['MINUTES'] ?? (isFull ? 60 : 3));
const WARM_UP_MS = isFull ? 300_000 : 30_000;
const SAMPLE_MS = 1000;
/** The heap without garbage is looked at less often: the look stops the server for a moment. */
const COLLECT_EVERY = isFull ? 60 : 15;
const COLLECT_MS = 400;
const USERS = 20;
/** What was learned last is done by then. */
const DRAIN_MS = 90_000;
const COLLECTOR = path.join(import.meta.dirname, 'collect-on-signal.mjs');

const GAUGES = [
  'cozy_http_requests_in_flight',
  'cozy_sse_streams_open',
  'cozy_realtime_connections',
  'cozy_websockets_open',
  'cozy_voice_calls_open',
  'cozy_outbox_open',
  'cozy_database_pool_waiting',
];

const stores = await testStores();
const provider = await startHelper('paced-provider.ts');
const server = await startTestServer({
  from: stores,
  env: {
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: 'any',
    LOG_LEVEL: 'info',
    WS_CONNECTS_PER_MINUTE: '100000',
    NODE_OPTIONS: `--expose-gc --import ${COLLECTOR}`,
  },
});
const pid = server.process.pid ?? 0;

interface Sample {
  minute: number;
  megabytes: number;
}

const heapMegabytes = async () => (await Metrics.read(server.url)).sum('nodejs_heap_size_used_bytes') / 1024 ** 2;

async function collected(): Promise<number> {
  process.kill(pid, 'SIGUSR2');
  await wait(COLLECT_MS);
  return heapMegabytes();
}

async function sampled(): Promise<{ resident: Sample[]; heap: Sample[] }> {
  const [resident, heap]: [Sample[], Sample[]] = [[], []];
  const startedAt = performance.now();
  const minute = () => (performance.now() - startedAt) / 60_000;
  for (let at = 0; minute() < MINUTES; at += 1) {
    resident.push({ minute: minute(), megabytes: residentMegabytes(pid) });
    if (at % COLLECT_EVERY === 0) heap.push({ minute: minute(), megabytes: await collected() });
    await wait(Math.max(0, (at + 1) * SAMPLE_MS - (performance.now() - startedAt)));
  }
  return { resident, heap };
}

/** What is held: gauges, handles, files, connections of the database that do something. */
async function held(): Promise<Record<string, number>> {
  const metrics = await Metrics.read(server.url);
  return {
    ...Object.fromEntries(GAUGES.map((name) => [name, metrics.sum(name)])),
    // This very request is one.
    cozy_http_requests_in_flight: metrics.sum('cozy_http_requests_in_flight') - 1,
    cozy_database_pool_connections_busy: metrics.sum('cozy_database_pool_connections', 'state="busy"'),
    database_connections_active: await activeConnections(),
    handles: metrics.sum('nodejs_active_handles_total'),
    open_files: openFiles(pid),
  };
}

async function activeConnections(): Promise<number> {
  if (!stores.database) return 0;
  const client = new Client({ connectionString: stores.database.url });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
  );
  await client.end();
  return rows[0]?.count ?? 0;
}

/** Handles and files are there at all times. */
const isBusy = (counts: Record<string, number>) =>
  Object.entries(counts).some(([what, count]) => what !== 'handles' && what !== 'open_files' && count > 0);

async function drained(): Promise<{ ms: number; held: Record<string, number> }> {
  const startedAt = performance.now();
  let now = await held();
  while (isBusy(now) && performance.now() - startedAt < DRAIN_MS) {
    await wait(200);
    now = await held();
  }
  return { ms: performance.now() - startedAt, held: now };
}

const slopeOf = (samples: Sample[]) => slopePerMinute(samples.map(({ minute, megabytes }) => [minute, megabytes]));

try {
  const persons = await people(server.url, USERS);
  const before = await held();
  const soakers = new Soakers(server.url, persons);
  const over = new AbortController();
  const running = soakers.run(over.signal);
  await wait(WARM_UP_MS);
  const { resident, heap } = await sampled();
  over.abort();
  await running;
  const { ms, held: after } = await drained();
  await saveResult(`soak-${store}`, 'soak', {
    minutes: MINUTES,
    warm_up_seconds: WARM_UP_MS / 1000,
    ...soakers.done,
    resident_megabytes_first: resident[0]?.megabytes,
    resident_megabytes_last: resident.at(-1)?.megabytes,
    resident_slope_megabytes_a_minute: slopeOf(resident),
    heap_slope_megabytes_a_minute: slopeOf(heap),
    gauges_at_zero: !isBusy(after),
    drained_after_ms: ms,
    held: Object.keys(after).map((what) => ({ what, before: before[what], after: after[what] })),
    resident: resident.filter((_sample, at) => at % Math.ceil(resident.length / 60) === 0),
    heap_after_collection: heap,
  });
} finally {
  await server.stop();
  provider.process.kill('SIGTERM');
  await stores.remove();
}
