import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CozyConfig } from '../../src/core/config/cozy-config.js';
import { Mem0MemoryEngine } from '../../src/engines/memory/mem0/mem0-memory.engine.js';
import { MemobaseProfileEngine } from '../../src/engines/profile/memobase/memobase-profile.engine.js';
import { AccountExportJob } from '../../src/orchestration/accounts/account-export.job.js';
import { AccountExportService } from '../../src/orchestration/accounts/account-export.service.js';
import { ExportSectionsService } from '../../src/orchestration/accounts/export-sections.service.js';
import { AccountDataRepository } from '../../src/storage/accounts/account-data.repository.js';
import { type AccountExport, AccountExportRepository } from '../../src/storage/accounts/account-export.repository.js';
import { ExpiryRepository } from '../../src/storage/expiry/expiry.repository.js';
import { OutboxDrainRepository } from '../../src/storage/outbox/outbox-drain.repository.js';
import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { turnOf } from '../factories/turn.js';
import { fillAccount, storedSession } from '../factories/whole-account.js';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { MemobaseSimulator } from '../fakes/memobase-simulator.js';
import { auditService } from '../setup/audit.js';
import { personalEngines } from '../setup/personal-engines.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

interface Exported {
  [section: string]: Record<string, unknown>[];
}

let test: TestDatabase;
let exports: AccountExportRepository;
let outbox: OutboxRepository;
let userId: string;

beforeAll(async () => {
  test = await testDatabase();
  exports = new AccountExportRepository(test.database);
  outbox = new OutboxRepository(test.database);
});
beforeEach(async () => {
  userId = await storedUser(test.database);
});

const run = <Row>(text: string, values: unknown[]) => test.dataSource.query<Row[]>(text, values);
const caller = (id = userId) => ({
  userId: id,
  role: 'user' as const,
  scopes: null,
  credentialId: null,
  rateLimitPerMinute: null,
});
const service = () => new AccountExportService(exports, new CozyConfig().security, auditService(test.database));
const obtain = (renew = false, id = userId) => service().obtain(caller(id), renew);

async function runJob(
  found: AccountExport,
  engines: Parameters<typeof personalEngines>[1] = {},
  of = userId,
): Promise<boolean> {
  const { database } = test;
  const sections = new ExportSectionsService(new AccountDataRepository(database), personalEngines(database, engines));
  const job = new AccountExportJob(exports, sections, new OutboxDrainRepository(database), auditService(database));
  const [row] = await run<{ id: string }>('SELECT id FROM outbox WHERE turn_id = $1', [found.id]);
  return job.run({
    id: row?.id ?? '',
    kind: 'account.export',
    userId: of,
    sessionId: null,
    turnId: found.id,
    attempts: 0,
    traceparent: null,
  });
}

async function textOf(found: AccountExport, of = userId): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of service().content(caller(of), found)) parts.push(part);
  return gunzipSync(Buffer.concat(parts)).toString();
}

async function exported(engines: Parameters<typeof personalEngines>[1] = {}) {
  const begun = await obtain();
  expect(await runJob(begun, engines)).toBe(true);
  const ready = await obtain();
  expect(ready.status).toBe('ready');
  const text = await textOf(ready);
  return { text, whole: JSON.parse(text) as Exported & { account: Record<string, unknown> } };
}

describe('an export', () => {
  it('holds everything that is the user’s, and nothing of anybody else', async () => {
    const other = await storedUser(test.database);
    await fillAccount(test.database, userId);
    await fillAccount(test.database, other);
    await run('DELETE FROM account_exports WHERE user_id = $1', [userId]);
    await run(`UPDATE users SET preferences = '{"theme": "dark"}', bio = 'Me' WHERE id = $1`, [userId]);
    await run(`UPDATE sessions SET deleted_at = now() WHERE user_id = $1`, [userId]);
    const event = `INSERT INTO audit_events (seq, id, action, level, actor_id, subject, outcome, details, created_at, key_id, previous_hash, signature)
      SELECT coalesce(max(seq), 0) + 1, gen_random_uuid(), $1, 'info', $2, $3, 'success', '{}', now(), 'k', '', '' FROM audit_events`;
    await run(event, ['tool.call', userId, 'mail']);
    await run(event, ['admin.profile_change', other, userId]);
    await run(event, ['tool.call', other, 'their mail']);

    const { text, whole } = await exported();
    expect(whole).toMatchObject({
      format: 'cozyengine-export',
      version: 1,
      account: { id: userId, preferences: { theme: 'dark' }, bio: 'Me', email: expect.stringContaining('@') },
      sessions: [{ title: 'A title of mine', deleted_at: expect.any(String) }],
      messages: [
        { role: 'user', content: 'My secret garden' },
        { role: 'assistant', content: 'Answer to: My secret garden' },
      ],
      session_summaries: [{ text: 'My garden', covers_to: 1, session_id: whole['sessions']?.[0]?.['id'] }],
      memories: [{ text: 'My secret garden', message_id: whole['messages']?.[0]?.['id'] }],
      profile_facts: [{ key: 'home', value: 'Garden', source: 'rules', valid_to: null }],
      api_keys: [{ name: 'key', prefix: 'ck_prefix', scopes: ['chat:read'] }],
      sign_ins: [{ device_id: 'phone' }],
      // What is summed already, and what is not.
      usage: [
        { day: '2026-01-02', model: 'm', requests: 3 },
        { requests: 1, prompt_tokens: 2 },
      ],
      tool_approvals: [{ tool: 'mail', arguments: { to: 'x' } }],
      audit_events: [
        { action: 'tool.call', actor_id: userId, subject: 'mail' },
        { action: 'admin.profile_change', actor_id: null, subject: userId },
      ],
      not_included: [],
    });
    expect(text).not.toContain(other);
    expect(text).not.toMatch(/hash|secret_|embedding|signature/);
    await run('ALTER TABLE audit_events DISABLE TRIGGER ALL', []);
    await run(`DELETE FROM audit_events WHERE key_id = 'k'`, []);
    await run('ALTER TABLE audit_events ENABLE TRIGGER ALL', []);
  });

  it('is a long one, page by page and part by part', async () => {
    const sessionId = await storedSession(test.database, userId);
    await run(
      `INSERT INTO messages (id, session_id, user_id, seq, role, content)
       SELECT gen_random_uuid(), $1, $2, n, 'user', 'Message ' || n || ' ' || encode(sha256(n::text::bytea), 'hex')
       FROM generate_series(1, 12000) AS n`,
      [sessionId, userId],
    );
    const { whole } = await exported();
    const places = whole['messages']?.map(({ seq }) => Number(seq)) ?? [];
    expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12_000 }, (_, at) => at + 1));
    expect((await obtain()).parts).toBeGreaterThan(2);
  });

  it('is nobody else’s', async () => {
    await exported();
    const mine = await obtain();
    const other = await storedUser(test.database);
    await expect(textOf(mine, other)).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    expect((await obtain(false, other)).id).not.toBe(mine.id);
  });

  it('is made once: whoever asks meanwhile is told of the same', async () => {
    const [first, second] = await Promise.all([obtain(), obtain()]);
    expect(second.id).toBe(first.id);
    expect(first.status).toBe('pending');
    expect(await run('SELECT 1 FROM outbox WHERE user_id = $1', [userId])).toHaveLength(1);
    await Promise.all([runJob(first), runJob(first)]);
    await runJob(first);
    expect(JSON.parse(await textOf(await obtain()))).toMatchObject({ account: { id: userId } });
  });

  it('is begun anew where an attempt broke off in the middle', async () => {
    const begun = await obtain();
    await exports.addPart(begun.id, 0, Buffer.from('half of it'));
    await runJob(begun);
    expect(JSON.parse(await textOf(await obtain()))).toMatchObject({ account: { id: userId } });
  });

  it('is made anew on demand, though not too often, and so after a failure', async () => {
    await exported();
    const first = await obtain();
    const tooSoon = { code: 'RATE_LIMIT_EXCEEDED', retryAfterSeconds: expect.any(Number) };
    await expect(obtain(true)).rejects.toMatchObject(tooSoon);
    await run(`UPDATE account_exports SET created_at = now() - interval '2 hours' WHERE user_id = $1`, [userId]);
    const second = await obtain(true);
    expect([second.status, second.id === first.id]).toEqual(['pending', false]);
    await expect(textOf(first)).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
    await outbox.noteFailure([second.id], 'INTERNAL_ERROR', true, 0);
    await expect(obtain()).rejects.toMatchObject(tooSoon);
    await run(`UPDATE account_exports SET created_at = now() - interval '2 hours' WHERE user_id = $1`, [userId]);
    expect((await obtain()).status).toBe('pending');
  });

  it('is gone when its time is over', async () => {
    await exported();
    const first = await obtain();
    await run(`UPDATE account_exports SET expires_at = now() - interval '1 second' WHERE user_id = $1`, [userId]);
    await new ExpiryRepository(test.database).deleteExpired();
    expect(await run('SELECT 1 FROM account_export_parts WHERE export_id = $1', [first.id])).toEqual([]);
    expect((await obtain()).status).toBe('pending');
  });
});

describe('an export of what services remember', () => {
  const times = { timeoutMs: 20_000, writeTimeoutMs: 20_000 };
  const signal = new AbortController().signal;
  const services = { mem0: new Mem0Simulator(), memobase: new MemobaseSimulator() };
  let memory: Mem0MemoryEngine;
  let profile: MemobaseProfileEngine;

  beforeAll(async () => {
    await Promise.all([services.mem0.listen(), services.memobase.listen()]);
    memory = new Mem0MemoryEngine({ baseUrl: services.mem0.url, hosted: false, idKey: 'k', ...times });
    profile = new MemobaseProfileEngine({ baseUrl: services.memobase.url, apiKey: 'memobase-key', ...times });
  });
  afterAll(async () => {
    await Promise.all([memory.close(), profile.close()]);
    await Promise.all([services.mem0.close(), services.memobase.close()]);
  });

  it('takes what they list', async () => {
    for (let at = 0; at < 250; at += 1) await memory.remember(userId, `Thing ${at}`, signal);
    await profile.updateAll([turnOf('I am a baker', { userId })], signal);
    await expect.poll(() => profile.facts(userId, signal)).not.toEqual([]);
    const { whole } = await exported({ memory, profile });
    expect(whole['service_memories']).toHaveLength(250);
    expect(whole['service_profile_facts']).toMatchObject([{ value: 'I am a baker' }]);
    expect(whole['not_included']).toEqual([]);
  });

  it('says which of them it could not take, and why', async () => {
    for (let at = 0; at < 100; at += 1) await memory.remember(userId, `Thing ${at}`, signal);
    services.memobase.fail({ kind: 'status', status: 503 });
    const { whole } = await exported({ memory, profile });
    services.memobase.reset();
    expect(whole['service_memories']).toHaveLength(100);
    expect(whole['not_included']).toMatchObject([
      { part: 'service_memories', provider: 'mem0', reason: 'PARTIAL' },
      { part: 'service_profile_facts', provider: 'memobase', reason: 'ENGINE_UNAVAILABLE' },
    ]);
  });
});
