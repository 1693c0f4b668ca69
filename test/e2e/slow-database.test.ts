import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { newAccount } from '../setup/account.js';
import { startProviderSimulator, type ProviderSimulator } from '../fakes/provider-simulator.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { NEEDS_SERVICES } from '../setup/sql.js';
import { onServices } from '../setup/test-lane.js';
import { type Stores, type TestServer, testStores } from '../setup/test-server.js';

let stores: Stores & { remove(): Promise<void> };
let provider: ProviderSimulator;
let server: TestServer;
let admin: Client;

describe.skipIf(!onServices)(`built-in engines on a database that hangs (else: ${NEEDS_SERVICES})`, () => {
  beforeAll(async () => {
    stores = await testStores();
    provider = await startProviderSimulator();
    server = await startSimulatedServer(provider, { from: stores });
    admin = new Client({ connectionString: stores.database?.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
    await provider?.close();
    await stores?.remove();
  });

  it('cost context and not the answers, however many turns there are, and hold no connection', async () => {
    const account = await newAccount(server.url);
    const sessions = await Promise.all(Array.from({ length: 60 }, () => newSession(account)));
    await admin.query('BEGIN');
    await admin.query('LOCK TABLE memories IN ACCESS EXCLUSIVE MODE');
    const answers = await Promise.all(sessions.map((id) => chat(account, id, [user('What is my dog called?')])));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const { body } of answers) {
      expect(body.metadata.degrade_reasons).toContainEqual(expect.stringMatching(/^memory: (?:timeout|unavailable)$/));
    }
    // Neither the turns nor what they store has waited for it, and the database is rid of what nobody waits for.
    const waiting = async () =>
      (
        await admin.query(
          `SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = 'memories'::regclass`,
        )
      ).rows[0];
    await expect.poll(waiting, { timeout: 5000 }).toEqual({ count: 0 });
    await admin.query('ROLLBACK');
    const { body } = await chat(account, sessions[0], [user('And what is my cat called?')]);
    expect(body.metadata.degrade_reasons).toEqual([]);
  });
});
