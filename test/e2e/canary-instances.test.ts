import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chat, user } from '../factories/conversation.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, type Answer, call, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { onServices } from '../setup/test-lane.js';
import { type TestServer, testStores } from '../setup/test-server.js';

const BETTER = { enabled: true, percentage: 100, variant: { model: 'better-model' } };

/** The embedded database takes one process at a time. */
describe.skipIf(!onServices)('canary rules on two instances', () => {
  const servers: TestServer[] = [];
  let provider: ProviderSimulator;
  let stores: Awaited<ReturnType<typeof testStores>>;
  let admin: Account;
  let here: Account;
  let there: Account;
  const env = { ...ADMIN_ENV, JWT_SECRET: 'a secret that both of the instances know about', ROLE: 'all' };
  const start = () => startSimulatedServer(provider, { from: stores, env });
  const at = (account: Account, server: TestServer | undefined): Account => ({
    ...account,
    call: (method, route, body, headers = {}) =>
      call(server?.url ?? '', method, route, { token: account.token, body, headers }),
  });

  beforeAll(async () => {
    provider = await startProviderSimulator();
    stores = await testStores();
    servers.push(await start(), await start());
    const url = servers[0]?.url ?? '';
    [admin, here] = await Promise.all([firstAdmin(url), newAccount(url)]);
    there = at(here, servers[1]);
  });
  beforeEach(() => admin.call('DELETE', '/v1/admin/canary/model'));
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await provider.close();
    await stores.remove();
  });

  const modelFor = async (account: Account): Promise<string> =>
    (await chat(account, undefined, [user('Hello')])).body.model as string;

  it('are in force at the one that was told when it answers, and at the other soon after', async () => {
    const before = await modelFor(there);
    await admin.call('PUT', '/v1/admin/canary/model', BETTER);
    expect(await modelFor(here)).toBe('better-model');
    await expect.poll(() => modelFor(there)).toBe('better-model');
    await admin.call('DELETE', '/v1/admin/canary/model');
    expect(await modelFor(here)).toBe(before);
    await expect.poll(() => modelFor(there)).toBe(before);
  });

  it('survive a restart', async () => {
    await admin.call('PUT', '/v1/admin/canary/model', BETTER);
    await servers[1]?.stop();
    servers[1] = await start();
    there = at(here, servers[1]);
    expect(await modelFor(there)).toBe('better-model');
  });

  it('are all off after one call, and no request fails for it, however many run', async () => {
    await admin.call('PUT', '/v1/admin/canary/model', BETTER);
    await expect.poll(() => modelFor(there)).toBe('better-model');
    provider.setAnswer({ text: 'an answer that takes its time', tokenDelayMs: 20 });
    const answers: Answer[] = [];
    let isRolledBack = false;
    const worker = async (account: Account) => {
      let after = 0;
      while (after < 3) {
        if (isRolledBack) after += 1;
        answers.push(await chat(account, undefined, [user('Hello')]));
      }
    };
    const workers = [here, there, here, there, here, there, here, there].map(worker);
    await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(16);
    const { body } = await admin.call('POST', '/v1/admin/canary/rollback');
    isRolledBack = true;
    expect(body.rolled_back).toEqual(['model']);
    await Promise.all(workers);
    provider.setAnswer({ text: 'Hello.' });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.every((answer) => answer.body.choices[0].message.content === 'an answer that takes its time')).toBe(
      true,
    );
    for (const account of [here, there]) await expect.poll(() => modelFor(account)).not.toBe('better-model');
  });

  it('are off on both when one of them has seen the variant fail', async () => {
    const budget = { min_requests: 5, max_error_rate_delta: 0.5 };
    await admin.call('PUT', '/v1/admin/canary/model', { ...BETTER, budget });
    await expect.poll(() => modelFor(there)).toBe('better-model');
    for (let request = 0; request < 10 && (await modelOrFailure(there)) === 'failed'; request += 1);
    await expect.poll(() => modelFor(there)).not.toBe('better-model');
    await expect.poll(() => modelFor(here)).not.toBe('better-model');
    const { body } = await admin.call('GET', '/v1/admin/canary/model');
    expect(body.rolled_back.cause).toBe('error_rate');
  });

  it('are off when both together have seen enough, rolled back once and on record once', async () => {
    const budget = { min_requests: 8, max_error_rate_delta: 0.5 };
    await admin.call('PUT', '/v1/admin/canary/model', { ...BETTER, budget });
    await expect.poll(() => modelFor(there)).toBe('better-model');
    const rollbacks = async () => {
      const texts = await Promise.all(servers.map(({ url }) => fetch(`${url}/metrics`).then((got) => got.text())));
      const found = texts.map((text) =>
        /^cozy_canary_rollbacks_total\{feature="model",cause="error_rate"\} (\d+)/m.exec(text),
      );
      return found.reduce((sum, match) => sum + Number(match?.[1] ?? 0), 0);
    };
    const before = await rollbacks();
    // One answer was good, for the poll above: five failures on each are more than half of all, and fewer than eight.
    for (let round = 0; round < 5; round += 1) for (const account of [here, there]) await modelOrFailure(account);
    const cause = async () => (await admin.call('GET', '/v1/admin/canary/model')).body.rolled_back?.cause;
    await expect.poll(cause, { timeout: 10_000 }).toBe('error_rate');
    for (const account of [here, there]) await expect.poll(() => modelFor(account)).not.toBe('better-model');
    expect((await rollbacks()) - before).toBe(1);
    const recorded = async () => {
      const { body } = await admin.call('GET', '/v1/admin/audit?action=canary.rolled_back');
      return (body.items as { details: { canary?: { errors: number } } }[]).filter(
        ({ details }) => (details.canary?.errors ?? 0) >= 7,
      ).length;
    };
    await expect.poll(recorded, { timeout: 15_000 }).toBe(1);
  });

  /** The provider fails this request, whichever model it is for. */
  async function modelOrFailure(account: Account): Promise<string> {
    provider.failOnce({ kind: 'status', status: 400 });
    const { status } = await chat(account, undefined, [user('Hello')]);
    const { body } = await admin.call('GET', '/v1/admin/canary/model');
    return status === 400 && body.enabled === true ? 'failed' : 'rolled back';
  }
});
