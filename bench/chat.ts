import { isFull, saveResult, store } from './result.js';
import { startTestServer } from '../test/setup/test-server.js';
import { paced } from './chat-paced.js';
import { type Places, targetsOf } from './chat-targets.js';
import { loadFor, percentile, people, type Person, spread, type Target } from './load.js';
import { Metrics } from './metrics.js';
import { cpuEach, type Helper, processorTimes, startHelper, startSimulator } from './processes.js';

// What stored, personalised turns cost beside the same simulated provider asked directly and through a proxy that does
// nothing: slices of each in turn, with 1 to 200 at a time, and the processor time of everybody. Then paced: 50 talk with
// a provider that takes a second, and what is added to its own time is counted. `TEST_LANE=services` with
// `TEST_DATABASE_URL` and `TEST_REDIS_URL` measures on real services.

const CONCURRENCY = [1, 16, 50, 200];
const USERS = 50;
const ROUNDS = isFull ? 6 : 3;
const SLICE_MS = isFull ? 10_000 : 4000;
const PLAIN_SLICE_MS = SLICE_MS / 4;
const WARM_UP_MS = 4000;

const words = (turn: number) => `Turn ${turn}: I walked along the river this morning and saw a heron.`;

interface Taken {
  totals: number[];
  firstBytes: number[];
  perSecond: number[];
  failed: number;
}

const nothing = (): Taken => ({ totals: [], firstBytes: [], perSecond: [], failed: 0 });
const median = (values: number[]) => percentile(values, 0.5);

async function slice(target: Target, ms: number, concurrency: number, into: Taken): Promise<number> {
  const { timings, perSecond, failed } = await loadFor(target, ms, concurrency);
  into.totals.push(...timings.map(({ total }) => total));
  into.firstBytes.push(...timings.map(({ firstByte }) => firstByte));
  into.perSecond.push(perSecond);
  into.failed += failed;
  return timings.length;
}

interface Stage {
  places: Places;
  persons: Person[];
  serverPid: number;
  simulatorPid: number;
}

async function saturated({ places, persons, serverPid, simulatorPid }: Stage, concurrency: number) {
  // A multiple of the lanes, so that no two turns of a session run at once.
  const users = concurrency * Math.max(1, Math.floor(USERS / concurrency));
  const { direct, proxy, stored } = await targetsOf(places, persons.slice(0, users), words);
  await loadFor(stored, WARM_UP_MS / 4, concurrency);
  const [plain, passed, ours] = [nothing(), nothing(), nothing()];
  const used: Record<string, number | null>[] = [];
  let collected = 0;
  let turns = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await slice(direct, PLAIN_SLICE_MS, concurrency, plain);
    await slice(proxy, PLAIN_SLICE_MS, concurrency, passed);
    const collectedBefore = (await Metrics.read(places.server)).collectorSeconds;
    const before = processorTimes(serverPid, simulatorPid);
    const count = await slice(stored, SLICE_MS, concurrency, ours);
    used.push(cpuEach(before, processorTimes(serverPid, simulatorPid), count));
    collected += (await Metrics.read(places.server)).collectorSeconds - collectedBefore;
    turns += count;
  }
  const cpu = Object.fromEntries(
    Object.keys(used[0] ?? {}).map((who) => {
      const values = used.map((one) => one[who] ?? null);
      return [`${who}_cpu_ms`, values.includes(null) ? null : median(values as number[])];
    }),
  );
  return {
    concurrency,
    users,
    turns,
    failed: plain.failed + passed.failed + ours.failed,
    stored_per_second: median(ours.perSecond),
    proxy_per_second: median(passed.perSecond),
    direct_per_second: median(plain.perSecond),
    ...spread('stored', ours.totals),
    ...spread('proxy', passed.totals),
    ...spread('direct', plain.totals),
    stored_first_byte_ms_p50: median(ours.firstBytes),
    ratio_p50_to_direct: median(ours.totals) / median(plain.totals),
    ratio_p50_to_proxy: median(ours.totals) / median(passed.totals),
    ...cpu,
    server_collector_ms: (collected * 1000) / Math.max(1, turns),
  };
}

async function server(simulatorUrl: string) {
  return startTestServer({
    env: {
      OPENAI_BASE_URL: simulatorUrl,
      OPENAI_API_KEY: 'any',
      // Each request writes its line, as it does at work.
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
    },
  });
}

async function onStage<Found>(simulator: Helper, users: number, measure: (stage: Stage) => Promise<Found>) {
  const proxy = await startHelper('bare-proxy.ts', [simulator.url]);
  const ours = await server(simulator.url);
  try {
    const places = { simulator: simulator.url, proxy: proxy.url, server: ours.url };
    const persons = await people(ours.url, users);
    return await measure({
      places,
      persons,
      serverPid: ours.process.pid ?? 0,
      simulatorPid: simulator.process.pid ?? 0,
    });
  } finally {
    await ours.stop();
    proxy.process.kill('SIGTERM');
    simulator.process.kill('SIGTERM');
  }
}

const turns = await onStage(await startSimulator(), Math.max(...CONCURRENCY), async (stage) => {
  const { stored } = await targetsOf(stage.places, stage.persons.slice(0, USERS), words);
  await loadFor(stored, WARM_UP_MS, 16);
  const steps = [];
  for (const concurrency of CONCURRENCY) steps.push(await saturated(stage, concurrency));
  return steps;
});
const atPace = await onStage(await startHelper('paced-provider.ts'), USERS, ({ places, persons, ...pids }) =>
  paced(places, persons, pids),
);
await saveResult(`chat-${store}`, 'chat', { one_after_the_other: turns, paced: atPace });
