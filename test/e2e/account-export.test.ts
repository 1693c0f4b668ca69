import { beforeEach, describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ env: { ROLE: 'all' } });
const SOON = { timeout: 20_000, interval: 100 };
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

const ask = (who = account, query = '') => who.call('GET', `/v1/users/me/export${query}`);
const ready = async (who = account) => {
  await expect.poll(async () => (await ask(who)).status, SOON).toBe(200);
  return ask(who);
};

describe('GET /v1/users/me/export', () => {
  it('begins an export, tells of it, and is it when it is ready', async () => {
    const session = await newSession(account);
    await chat(account, session, [user('My cat is called Miso.')]);
    await account.call('PUT', '/v1/users/me/preferences', { theme: 'dark' });
    const begun = await ask();
    expect([begun.status, begun.body]).toMatchObject([202, { id: expect.any(String), status: 'pending' }]);
    const { headers, body } = await ready();
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="cozyengine-export-[\d-]{10}\.json"$/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-export-id')).toBe(begun.body.id);
    expect(body).toMatchObject({
      account: { id: account.id, email: account.email, preferences: { theme: 'dark' } },
      sessions: [{ id: session }],
      not_included: [],
    });
    expect(body.messages.map(({ content }: { content: string }) => content)).toContain('My cat is called Miso.');
    expect(JSON.stringify(body)).not.toMatch(/argon2|password/);
  });

  it('comes as it is, or compressed', async () => {
    await ready();
    const get = (encoding: string) =>
      account.call('GET', '/v1/users/me/export', undefined, { 'Accept-Encoding': encoding });
    const [plain, packed] = [await get('identity'), await get('gzip')];
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.body).toEqual(packed.body);
  });

  it('is the caller’s own, and made anew only after a while', async () => {
    const other = await newAccount(stage.url);
    await ready();
    const { body } = await ready(other);
    expect(body.account.id).toBe(other.id);
    const refused = await ask(account, '?renew=true');
    expectRefusal(refused, 429, 'RATE_LIMIT_EXCEEDED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
    expectRefusal(await ask(account, '?renew=yes'), 400, 'VALIDATION_FAILED', 'renew');
  });
});
