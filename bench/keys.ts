import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isFull, saveResult, store } from './result.js';
import { Client } from 'pg';
import { newAccount } from '../test/setup/account.js';
import { startTestServer, type TestServer, testStores } from '../test/setup/test-server.js';
import { type FloodReport, type FloodWish } from './flood.js';
import { newSession, people, type Person, spread, type Target, turn } from './load.js';
import { Metrics } from './metrics.js';
import { question } from './plan.js';
import { cpuSeconds, cpuSecondsOf, startHelper } from './processes.js';

// Wrong credentials at full speed from eight addresses beside honest people who talk: what it costs to refuse, and what
// the honest ones notice. Once with no limit for an address, so that every credential is looked at, and once with the
// limit that servers have by default.

const ADDRESSES = Array.from({ length: 8 }, (_, at) => `127.0.0.${at + 2}`);
const FLOODERS = 32;
const HONEST = 10;
const HONEST_GAP_MS = 200;
const PHASE_MS = isFull ? 30_000 : 5000;
const STATISTICS_MS = 1500;
const DEFAULT_LIMIT = '300';
/** So that the honest ones, who share an address, stay below the default limit. */
const LIMITED_HONEST = 4;
const LIMITED_GAP_MS = 1200;

const PLAN = { chunks: 20, firstMs: 0, gapMs: 0, bytes: 12 };

const provider = await startHelper('paced-provider.ts');
/** To the database of the server that runs. */
let counter: Client | undefined;

/** Transactions of the server's database so far: of a server that is only asked to refuse, statements. */
async function transactions(): Promise<number> {
  if (!counter) return Number.NaN;
  await wait(STATISTICS_MS);
  const { rows } = await counter.query<{ count: string }>(
    'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.count);
}

async function flood(wish: Omit<FloodWish, 'addresses' | 'concurrency'>): Promise<FloodReport> {
  const full: FloodWish = { ...wish, addresses: ADDRESSES, concurrency: FLOODERS };
  const { url: report } = await startHelper('flood.ts', [JSON.stringify(full)]);
  return JSON.parse(report) as FloodReport;
}

interface Honest {
  persons: Person[];
  target: Target;
  gapMs: number;
}

async function honestOf(url: string, count: number, gapMs: number): Promise<Honest> {
  const persons = await people(url, count);
  for (const person of persons) person.sessions.push(await newSession(url, person));
  const target: Target = {
    url: `${url}/v1/chat/completions`,
    headers: (number) => ({ authorization: `Bearer ${persons[number % count]?.token}` }),
    body: (number) =>
      JSON.stringify({
        stream: true,
        messages: [{ role: 'user', content: question(PLAN, number) }],
        cozy: { session_id: persons[number % count]?.sessions[0] },
      }),
  };
  return { persons, target, gapMs };
}

async function talk({ persons, target, gapMs }: Honest, until: Promise<unknown>): Promise<Record<string, number>> {
  const over = new AbortController();
  void until.finally(() => over.abort());
  const totals: number[] = [];
  let failed = 0;
  await Promise.all(
    persons.map(async (_person, at) => {
      await wait((gapMs * at) / persons.length);
      for (let number = at; !over.signal.aborted; number += persons.length) {
        await turn(target, number).then(
          ({ total }) => totals.push(total),
          () => (failed += 1),
        );
        await wait(gapMs);
      }
    }),
  );
  return { honest_turns: totals.length, honest_failed: failed, ...spread('honest', totals) };
}

/** Alone first, which tells what a refusal costs; then beside the honest ones. */
async function kind(server: TestServer, honest: Honest, what: string, credential: string | null) {
  const pid = server.process.pid ?? 0;
  const url = honest.target.url;
  const quiet = await idleTransactions(server.url);
  const [statements, cpu, databaseCpu] = [await transactions(), cpuSeconds(pid), cpuSecondsOf('postgres')];
  const alone = await flood({ url, credential, ms: PHASE_MS / 2 });
  const used = cpuSeconds(pid) - cpu;
  const databaseUsed = (cpuSecondsOf('postgres') ?? 0) - (databaseCpu ?? 0);
  const spent = (await transactions()) - statements - quiet * (PHASE_MS / 2 + STATISTICS_MS);
  const running = flood({ url, credential, ms: PHASE_MS });
  const talked = await talk(honest, running);
  const beside = await running;
  return {
    shown: what,
    refused_per_second: alone.perSecond,
    server_cpu_ms_each: (used * 1000) / alone.refused,
    postgres_cpu_ms_each: databaseCpu === null ? null : (databaseUsed * 1000) / alone.refused,
    statements_each: counter ? Math.max(0, spent) / alone.refused : null,
    refused_per_second_beside_talk: beside.perSecond,
    statuses: Object.entries(beside.statuses)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
    ...talked,
  };
}

/** Transactions a millisecond while nobody asks anything: the server looks for work, and so do we. */
async function idleTransactions(url: string): Promise<number> {
  if (!counter) return 0;
  // What was said before is learned from first.
  while ((await Metrics.read(url)).sum('cozy_outbox_open') > 0) await wait(STATISTICS_MS);
  const before = await transactions();
  await wait(STATISTICS_MS);
  return ((await transactions()) - before) / (2 * STATISTICS_MS);
}

async function revokedToken(url: string): Promise<string> {
  const account = await newAccount(url);
  const { status } = await account.call('POST', '/v1/auth/logout', {});
  if (status >= 300) throw new Error(`the sign-out was answered with ${status}`);
  return account.token;
}

async function credentials(url: string): Promise<[what: string, credential: string | null][]> {
  const { token } = await newAccount(url);
  return [
    ['one unknown key', `ck_${randomBytes(32).toString('base64url')}`],
    ['another unknown key each time', null],
    ['what cannot be a key', 'ck_let-me-in'],
    ['a token with a wrong signature', `${token.slice(0, -6)}AAAAAA`],
    ['a token that was signed out', await revokedToken(url)],
  ];
}

const ENV = { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'any', LOG_LEVEL: 'info' };

async function withServer<Found>(env: Record<string, string>, measure: (server: TestServer) => Promise<Found>) {
  const stores = await testStores();
  const server = await startTestServer({ from: stores, env: { ...ENV, ...env } });
  counter = stores.database && new Client({ connectionString: stores.database.url });
  try {
    await counter?.connect();
    return await measure(server);
  } finally {
    await counter?.end();
    await server.stop();
    await stores.remove();
  }
}

try {
  const open = await withServer({}, async (server) => {
    const honest = await honestOf(server.url, HONEST, HONEST_GAP_MS);
    await talk(honest, wait(PHASE_MS / 2));
    const nobody = await talk(honest, wait(PHASE_MS));
    const kinds = [];
    for (const [what, credential] of await credentials(server.url))
      kinds.push(await kind(server, honest, what, credential));
    return { honest_alone: nobody, kinds };
  });
  const limited = await withServer({ RATE_LIMIT_IP_PER_MINUTE: DEFAULT_LIMIT }, async (server) => {
    const honest = await honestOf(server.url, LIMITED_HONEST, LIMITED_GAP_MS);
    const nobody = await talk(honest, wait(PHASE_MS));
    const flooded = await kind(server, honest, 'another unknown key each time', null);
    return { requests_a_minute_and_address: Number(DEFAULT_LIMIT), honest_alone: nobody, kinds: [flooded] };
  });
  await saveResult(`keys-${store}`, 'keys', {
    addresses: ADDRESSES.length,
    at_once: FLOODERS,
    no_limit: open,
    default_limit: limited,
  });
} finally {
  provider.process.kill('SIGTERM');
}
