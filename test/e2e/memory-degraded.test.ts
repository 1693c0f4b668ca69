import { expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { simulatedServer } from '../setup/simulated-server.js';

// Nothing listens there: Mem0 is away.
const stage = simulatedServer({ env: { ...ADMIN_ENV, ROLE: 'all', MEM0_API_URL: 'http://127.0.0.1:1' } });

it('an answer goes without an engine that is away, says so, and it is put on record', async () => {
  const account = await newAccount(stage.url);
  const { status, body } = await chat(account, await newSession(account), [user('What is my dog called?')]);
  expect([status, body.metadata.degraded, body.metadata.degrade_reasons]).toEqual([200, true, ['memory: unavailable']]);
  expect(body.metadata.engines).toMatchObject({ memory: { status: 'degraded' }, profile: { status: 'ok' } });
  const admin = await firstAdmin(stage.url);
  const recorded = async () => (await admin.call('GET', '/v1/admin/audit?action=engine.degraded')).body.items;
  await expect
    .poll(recorded, { timeout: 10_000 })
    .toMatchObject([{ subject: 'memory:mem0', details: { kind: 'memory', provider: 'mem0', reason: 'unavailable' } }]);
});
