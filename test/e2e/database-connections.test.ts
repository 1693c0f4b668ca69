import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { newAccount } from '../setup/account.js';
import { configFolder } from '../setup/config-folder.js';
import { OwnPostgres } from '../setup/own-postgres.js';
import { onServices } from '../setup/test-lane.js';
import { startTestServer, type TestServer, testStores } from '../setup/test-server.js';

const INSTANCES = 3;
const AT_ONCE = 60;
/** What docs/operations.md says of an instance that does everything, with its queue on PostgreSQL. */
const EACH = 28;

describe.runIf(onServices)('three busy instances on a PostgreSQL as it comes', { timeout: 180_000 }, () => {
  // Bug: by the defaults three instances could ask for more connections than there are.
  it('leave connections to others, and answer everybody', async () => {
    const postgres = await OwnPostgres.start();
    const stores = await testStores();
    const servers: TestServer[] = [];
    const client = new Client({ connectionString: postgres.url });
    try {
      await client.connect();
      const from = { ...stores, database: { url: postgres.url, drop: async () => undefined }, redisUrl: undefined };
      const env = {
        SHUTDOWN_GRACE_MS: '500',
        RATE_LIMIT_IP_PER_MINUTE: '1000000',
        RATE_LIMIT_USER_PER_MINUTE: '1000000',
        CONFIG_DIR: configFolder({
          'engines.development.yaml': { ai: { provider: 'demo', demo: { token_delay_ms: 0 } } },
        }),
      };
      for (let at = 0; at < INSTANCES; at += 1) servers.push(await startTestServer({ from, env }));
      const statuses = servers.map(async ({ url }) => {
        const account = await newAccount(url);
        const sessions = await Promise.all(Array.from({ length: AT_ONCE }, () => newSession(account)));
        const answers = await Promise.all(
          sessions.map((id, at) => chat(account, id, [user(`I put box number ${at} on the shelf today.`)])),
        );
        return answers.map(({ status }) => status);
      });
      const counts: number[] = [];
      const end = new AbortController();
      const done = Promise.all(statuses).finally(() => end.abort());
      while (!end.signal.aborted) {
        const { rows } = await client.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity WHERE client_port IS NOT NULL AND pid <> pg_backend_pid()`,
        );
        counts.push(rows[0]?.count ?? 0);
      }
      expect(new Set((await done).flat())).toEqual(new Set([200]));
      expect(Math.max(...counts)).toBeGreaterThan(INSTANCES * 10);
      expect(Math.max(...counts)).toBeLessThanOrEqual(INSTANCES * EACH);
    } finally {
      await client.end();
      await Promise.all(servers.map((server) => server.stop()));
      await stores.remove();
      await postgres.remove();
    }
  });
});
