import { beforeAll, describe, expect, it } from 'vitest';
import { chat, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { expectRefusal } from '../setup/refusal.js';
import type { ProviderScript } from '../fakes/provider-script.js';
import { simulatedServer } from '../setup/simulated-server.js';

/** Events reach the chain about a second after they happen. */
const IN_CHAIN = { timeout: 15_000 };

// With the background's work, as that is what chains the audit. No turn here is stored: it has nothing to ask the model.
const parts = simulatedServer({ env: { ...ADMIN_ENV, ROLE: 'all' } });
let account: Account;
let admin: Account;
beforeAll(async () => {
  [account, admin] = await Promise.all([newAccount(parts.url), firstAdmin(parts.url)]);
});

const put = (feature: string, rule: object) => admin.call('PUT', `/v1/admin/canary/${feature}`, rule);
const everybody = (variant: object, more: object = {}) => ({ enabled: true, percentage: 100, variant, ...more });
const say = () => chat(account, undefined, [user('Hello')]);
const askedModel = () => parts.provider.requests.at(-1)?.body['model'];
const audited = async (action: string) =>
  (await admin.call('GET', `/v1/admin/audit?action=${action}`)).body.items as Record<string, unknown>[];

describe('the audit', () => {
  it('holds every change', async () => {
    await put('recorded', everybody({}));
    await admin.call('DELETE', '/v1/admin/canary/recorded');
    await expect.poll(async () => (await audited('canary.delete'))[0]?.['subject'], IN_CHAIN).toBe('recorded');
    expect((await audited('canary.change'))[0]).toMatchObject({
      subject: 'recorded',
      details: { before: null, after: { percentage: 100 } },
    });
  });

  it('holds a rollback by hand', async () => {
    await put('one', everybody({}));
    await admin.call('POST', '/v1/admin/canary/rollback');
    await expect
      .poll(async () => (await audited('canary.rolled_back'))[0], IN_CHAIN)
      .toMatchObject({ actor_id: admin.id, details: { cause: 'manual', features: ['one'] } });
  });
});

describe('a variant that breaks its budget', () => {
  const budget = { min_requests: 5, max_error_rate_delta: 0.2 };
  const failing = { kind: 'status', status: 400 } as const;

  it('is rolled back by itself, on record, with the reason', async () => {
    await put('bad', everybody({ model: 'bad-model' }, { budget }));
    for (let at = 0; at < 5; at += 1) {
      parts.provider.failOnce(failing);
      expectRefusal(await say(), 400, 'ENGINE_REQUEST_REJECTED');
    }
    const rule = async () => (await admin.call('GET', '/v1/admin/canary/bad')).body;
    const { status } = await say();
    expect([status, askedModel() === 'bad-model']).toEqual([200, false]);
    await expect.poll(async () => (await rule()).rolled_back?.cause).toBe('error_rate');
    expect(await rule()).toMatchObject({ enabled: false, updated_by: null });
    await expect
      .poll(async () => (await audited('canary.rolled_back'))[0], IN_CHAIN)
      .toMatchObject({
        subject: 'bad',
        actor_id: null,
        details: { cause: 'error_rate', measured: 1, allowed: 0.2, canary: { requests: 5, errors: 5 } },
      });
    const metrics = await fetch(`${parts.url}/metrics`).then((response) => response.text());
    expect(metrics).toMatch(/^cozy_canary_errors_total\{feature="bad",variant="canary"\} 5$/m);
    expect(metrics).toMatch(/^cozy_canary_rollbacks_total\{feature="bad",cause="error_rate"\} 1$/m);
  });

  it('may be tried again, and is then judged anew', async () => {
    const again = async () => put('bad', everybody({ model: 'bad-model' }, { budget }));
    for (let round = 0; round < 2; round += 1) {
      await again();
      for (let at = 0; at < 4; at += 1) {
        parts.provider.failOnce(failing);
        await say();
      }
      expect((await admin.call('GET', '/v1/admin/canary/bad')).body).toMatchObject({
        enabled: true,
        rolled_back: null,
      });
    }
  });

  it('is not what callers break', async () => {
    await put('good', everybody({ model: 'better-model' }, { budget }));
    for (let at = 0; at < 8; at += 1)
      expectRefusal(await chat(account, crypto.randomUUID(), [user('Hello')]), 404, 'RESOURCE_SESSION_NOT_FOUND');
    await say();
    expect((await admin.call('GET', '/v1/admin/canary/good')).body.enabled).toBe(true);
  });
});

describe('a variant that is much slower', () => {
  it('is rolled back by itself', async () => {
    const budget = { min_requests: 5, max_latency_ratio: 2 };
    const rule = { ...everybody({ model: 'slow-model' }, { budget }), percentage: 0, block_list: [account.id] };
    const other = await newAccount(parts.url);
    await put('slow', { ...rule, allow_list: [other.id] });
    for (let at = 0; at < 5; at += 1) await say();
    for (let at = 0; at < 5; at += 1) {
      parts.provider.script({ text: 'late', firstTokenDelayMs: 900 });
      await chat(other, undefined, [user('Hello')]);
    }
    const state = async () => (await admin.call('GET', '/v1/admin/canary/slow')).body.rolled_back?.cause;
    await expect.poll(state).toBe('latency');
  });
});

describe('a variant that begins much later', () => {
  it('is rolled back by itself, though it is done as soon as the base', async () => {
    const budget = { min_requests: 5, max_latency_ratio: 3, max_first_token_ratio: 1.5 };
    const rule = { ...everybody({ model: 'late-model' }, { budget }), percentage: 0, block_list: [account.id] };
    const other = await newAccount(parts.url);
    await put('late', { ...rule, allow_list: [other.id] });
    const turns = async (who: Account, script: ProviderScript) => {
      for (let at = 0; at < 5; at += 1) {
        parts.provider.script({ text: 'word by word by word', ...script });
        expect((await chat(who, undefined, [user('Hello')], { stream: true })).status).toBe(200);
      }
    };
    await turns(account, { tokenDelayMs: 180 });
    await turns(other, { firstTokenDelayMs: 900 });
    const state = async () => (await admin.call('GET', '/v1/admin/canary/late')).body.rolled_back?.cause;
    await expect.poll(state).toBe('first_token');
  });

  it('cannot have a budget that states nothing', async () => {
    const answer = await put('nothing', everybody({}, { budget: { min_requests: 5 } }));
    expectRefusal(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.error.message).toContain('max_first_token_ratio');
  });
});
