import { Client } from 'pg';
import { isFull, saveResult } from './result.js';
import { type Account, newAccount } from '../test/setup/account.js';
import { configFolder } from '../test/setup/config-folder.js';
import { startTestServer, type TestServer, testStores } from '../test/setup/test-server.js';
import { loadOf, percentile, type Target, turn } from './load.js';

// How fast turns are learned from, beside how fast they are answered in the same run, on both backends of the queue;
// and how soon what was told can be found. Asks for TEST_LANE=services, TEST_DATABASE_URL and TEST_REDIS_URL.

const TURNS = Number(process.env['TURNS'] ?? (isFull ? 3000 : 1000));
const USERS = 25;
const CONCURRENCY = 16;
const LATENCY_ROUNDS = 60;

/** Each turn says something else: memory and profile have work with all of them. */
const message = (number: number) => `I put box number ${number} on the shelf today, and I like tea of kind ${number}.`;

async function targetOf(url: string, accounts: Account[]): Promise<Target[]> {
  return Promise.all(
    accounts.map(async (account) => {
      const { body } = await account.call('POST', '/v1/sessions', { title: 'A bench' });
      const sessionId = body.session_id as string;
      return {
        url: `${url}/v1/chat/completions`,
        headers: () => ({ authorization: `Bearer ${account.token}` }),
        body: (number: number) =>
          JSON.stringify({
            messages: [{ role: 'user', content: message(number) }],
            cozy: { session_id: sessionId },
          }),
      };
    }),
  );
}

/** Everybody talks at the same time; turns a second of all together. */
async function talk(targets: Target[], turns: number): Promise<number> {
  const each = Math.ceil(turns / targets.length);
  const startedAt = performance.now();
  const lanes = Array.from({ length: CONCURRENCY }, (_, lane) =>
    targets.filter((_target, at) => at % CONCURRENCY === lane),
  );
  await Promise.all(
    lanes.map(async (some) => {
      for (const target of some) await loadOf(target, each, 1);
    }),
  );
  return (each * targets.length * 1000) / (performance.now() - startedAt);
}

async function drained(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ open: number }>(
      'SELECT count(*)::int AS open FROM outbox WHERE done_at IS NULL AND dead_at IS NULL',
    );
    if (rows[0]?.open === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Milliseconds from the end of an answer to what it told being in the memory. */
async function latency(target: Target, client: Client): Promise<{ ms_p50: number; ms_p95: number }> {
  const times: number[] = [];
  for (let round = 0; round < LATENCY_ROUNDS; round += 1) {
    const number = 1_000_000 + round;
    await turn(target, number);
    const startedAt = performance.now();
    for (;;) {
      const { rows } = await client.query('SELECT 1 FROM memories WHERE text LIKE $1', [`%box number ${number} %`]);
      if (rows.length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    times.push(performance.now() - startedAt);
  }
  return { ms_p50: percentile(times, 0.5), ms_p95: percentile(times, 0.95) };
}

async function measure(queue: 'redis' | 'postgres') {
  const stores = await testStores();
  if (!stores.database || !stores.redisUrl) throw new Error('this bench wants TEST_LANE=services and its two URLs');
  const from = { ...stores, redisUrl: queue === 'redis' ? stores.redisUrl : undefined };
  const env = {
    RATE_LIMIT_USER_PER_MINUTE: '10000000',
    RATE_LIMIT_IP_PER_MINUTE: '10000000',
    LOG_LEVEL: 'warn',
    CONFIG_DIR: configFolder({ 'engines.development.yaml': { ai: { provider: 'demo', demo: { token_delay_ms: 0 } } } }),
  };
  const servers: TestServer[] = [];
  const start = async (role: string) => {
    const server = await startTestServer({ from, env: { ...env, LOG_LEVEL: 'info', ROLE: role } });
    servers.push(server);
    return server;
  };
  const client = new Client({ connectionString: stores.database.url });
  await client.connect();
  try {
    const api = await start('api');
    const accounts: Account[] = [];
    for (let at = 0; at < USERS; at += 1) accounts.push(await newAccount(api.url));
    const targets = await targetOf(api.url, accounts);
    await talk(targets, 300);
    const plain = await talk(targets, TURNS);
    const { rows } = await client.query<{ turns: number }>('SELECT count(DISTINCT turn_id)::int AS turns FROM outbox');
    await start('worker');
    const startedAt = performance.now();
    await drained(client);
    const learned = ((rows[0]?.turns ?? 0) * 1000) / (performance.now() - startedAt);
    const both = await talk(targets, TURNS);
    const behindAt = performance.now();
    await drained(client);
    const behindMs = performance.now() - behindAt;
    const [first] = targets;
    return {
      queue,
      turns_per_second: plain,
      learned_per_second: learned,
      ratio_learned_to_answered: learned / plain,
      turns_per_second_while_learning: both,
      behind_at_the_end_ms: behindMs,
      found_after: first && (await latency(first, client)),
    };
  } finally {
    await client.end();
    for (const server of servers) await server.stop();
    await stores.remove();
  }
}

await saveResult('writeback', 'writeback', {
  users: USERS,
  turns: TURNS,
  backends: [await measure('redis'), await measure('postgres')],
});
