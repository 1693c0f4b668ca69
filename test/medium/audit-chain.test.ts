import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runInRequest } from '../../src/core/logging/request-context.js';
import { seal } from '../../src/orchestration/audit/audit-seal.js';
import type { AuditVault } from '../../src/orchestration/audit/audit-vault.service.js';
import { verifyChain, type VerifyOptions } from '../../src/orchestration/audit/audit-verifier.js';
import { createDataSource } from '../../src/storage/data-source.js';
import { AuditChainRepository } from '../../src/storage/audit/audit-chain.repository.js';
import { AuditEventRepository } from '../../src/storage/audit/audit-event.repository.js';
import { AuditInboxRepository } from '../../src/storage/audit/audit-inbox.repository.js';
import { Database } from '../../src/storage/database/database.js';
import { attack, auditChainer, auditService, auditVault, chained, noChain } from '../setup/audit.js';
import { emptyDatabase, type TestDatabase } from '../setup/test-database.js';
import { onServices } from '../setup/test-lane.js';

let test: TestDatabase;
let vault: AuditVault;

/** A database of its own: there is one chain in each. */
beforeAll(async () => {
  test = await emptyDatabase();
  await test.dataSource.runMigrations();
});
afterAll(() => test.remove());
beforeEach(async () => {
  vault = auditVault();
  await noChain(test.database);
});

const chain = () => new AuditChainRepository(test.database);
const verify = (options: VerifyOptions = {}, keys = vault.keys) =>
  chain().snapshot((reader) => verifyChain(reader, keys, options));
const messages = async (options: VerifyOptions = {}) => (await verify(options)).problems.map(({ message }) => message);

async function rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const found: unknown = await test.dataSource.query(text, values);
  return found as Row[];
}

describe('recording', () => {
  it('is durable when it says so, in one place in the chain after that, with the request it belongs to', async () => {
    const audit = auditService(test.database);
    const context = { request_id: 'request-1', user_id: 'user-1' };
    const durable = await runInRequest(context, () =>
      audit.record({ action: 'tool.call', outcome: 'refused', level: 'warning', subject: 'calculator' }),
    );
    expect(durable).toBe(true);
    expect(await new AuditInboxRepository(test.database).backlog(10, [])).toBe(1);
    await auditChainer(test.database, vault).work();
    expect(await new AuditInboxRepository(test.database).backlog(10, [])).toBe(0);
    expect(await new AuditEventRepository(test.database).list({}, 10)).toEqual([
      {
        seq: '1',
        action: 'tool.call',
        level: 'warning',
        actorId: 'user-1',
        subject: 'calculator',
        requestId: 'request-1',
        outcome: 'refused',
        details: {},
        createdAt: expect.any(Date),
        keyId: vault.keys.currentId,
      },
    ]);
  });

  it('gathers what comes while a statement is under way: a thousand events take a handful of statements', async () => {
    let statements = 0;
    const counting = new Database(test.dataSource);
    const query = counting.query.bind(counting);
    counting.query = (name, text, values) => {
      statements += 1;
      return query(name, text, values);
    };
    const audit = auditService(counting);
    const all = Array.from({ length: 1000 }, () => audit.record({ action: 'tool.call', outcome: 'success' }));
    expect((await Promise.all(all)).every(Boolean)).toBe(true);
    expect(statements).toBeLessThan(6);
  });

  it('an event that was sent twice is in the chain once, also when the first had been chained already', async () => {
    const inbox = new AuditInboxRepository(test.database);
    const event = seal(vault.keys, {
      action: 'tool.call',
      level: 'info',
      actorId: null,
      subject: null,
      requestId: null,
      outcome: 'success',
      details: {},
    });
    await inbox.add([event]);
    await inbox.add([event]);
    await auditChainer(test.database, vault).work();
    await inbox.add([event]);
    await auditChainer(test.database, vault).work();
    expect(await rows('SELECT seq FROM audit_events')).toHaveLength(1);
    expect(await inbox.backlog(10, [])).toBe(0);
    expect(await messages()).toEqual([]);
  });
});

describe('chaining', () => {
  it('by many recorders and chainers at once over several instances makes one gapless, whole chain', async () => {
    const { connectionString: url } = test.poolConfig as { connectionString?: string };
    const instances = await Promise.all(
      Array.from({ length: onServices ? 4 : 3 }, async () => {
        if (!url) return { database: test.database, end: () => Promise.resolve() };
        const limits = { poolSize: 4, connectTimeoutMs: 5000, statementTimeoutMs: 30_000 };
        const source = await createDataSource({ url }, limits).initialize();
        return { database: new Database(source), end: () => source.destroy() };
      }),
    );
    const EACH = 300;
    const recording = new AbortController();
    const chaining = instances.map(async ({ database }) => {
      const chainer = auditChainer(database, vault);
      while (!recording.signal.aborted) await chainer.work();
    });
    const recorded = instances.flatMap(({ database }, instance) => {
      const audit = auditService(database);
      return Array.from({ length: EACH }, async (_, index) => {
        // In turns, or each instance would send one batch.
        for (let turn = 0; turn < index % 7; turn += 1)
          await audit.record({ action: 'auth.login', outcome: 'success' });
        return audit.record({ action: 'tool.call', outcome: 'success', subject: `${instance}/${index}` });
      });
    });
    expect((await Promise.all(recorded)).every(Boolean)).toBe(true);
    recording.abort();
    await Promise.all(chaining);
    await auditChainer(test.database, vault).work();
    const [counted] = await rows<{ all: number; named: number; last: number }>(
      `SELECT count(*)::int AS all, count(DISTINCT subject)::int AS named, max(seq)::int AS last FROM audit_events`,
    );
    expect(counted?.named).toBe(instances.length * EACH);
    expect(counted?.all).toBe(counted?.last);
    expect(await verify()).toMatchObject({ problemCount: 0, rows: counted?.all, complete: true });
    for (const { end } of instances) await end();
  });

  it('that dies in the middle of a batch loses nothing and doubles nothing', async () => {
    const audit = auditService(test.database);
    for (let index = 0; index < 5; index += 1) await audit.record({ action: 'tool.call', outcome: 'success' });
    const dying = chain().extend(3, vault.genesis, vault.keys.ids, () => {
      throw new Error('the process is gone');
    });
    await expect(dying).rejects.toThrow('the process is gone');
    expect(await rows('SELECT seq FROM audit_events')).toHaveLength(0);
    await auditChainer(test.database, vault).work();
    expect((await rows<{ seq: string }>('SELECT seq FROM audit_events ORDER BY seq')).map(({ seq }) => seq)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
    expect(await messages()).toEqual([]);
  });

  it.each([
    ['edited', `UPDATE audit_head SET seq = seq - 1`, 'the head was changed'],
    ['removed', `DELETE FROM audit_head`, 'there are rows behind the head, which is row 0'],
  ])('refuses a head that was %s, and keeps the events in the inbox', async (_, statement, problem) => {
    await chained(test.database, vault, 3);
    await test.dataSource.query(statement);
    await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
    await expect(auditChainer(test.database, vault).work()).rejects.toThrow(problem);
    expect(await new AuditInboxRepository(test.database).backlog(10, [])).toBe(1);
    expect(await rows('SELECT seq FROM audit_events')).toHaveLength(3);
  });

  it('refuses to build on a head that was rewound behind a checkpoint', async () => {
    const eager = auditVault({ checkpointEvents: 1 });
    await chained(test.database, vault, 3);
    const [old] = await rows<Record<string, unknown>>('SELECT seq, hash, key_id, signature FROM audit_head');
    await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
    await auditChainer(test.database, eager).work();
    await attack(test.database, `DELETE FROM audit_events WHERE seq = 4`);
    await rewind(old ?? {});
    await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
    await expect(auditChainer(test.database, vault).work()).rejects.toThrow('a checkpoint saw rows behind the head');
  });
});

/** Puts back a head that was signed earlier. */
const rewind = (old: Record<string, unknown>) =>
  test.dataSource.query('UPDATE audit_head SET seq = $1, hash = $2, key_id = $3, signature = $4', [
    old['seq'],
    old['hash'],
    old['key_id'],
    old['signature'],
  ]);

describe('the database itself', () => {
  it.each([
    `UPDATE audit_events SET action = 'x' WHERE seq = 1`,
    `DELETE FROM audit_events WHERE seq = 1`,
    `TRUNCATE audit_events`,
    `DELETE FROM audit_checkpoints`,
    `TRUNCATE audit_checkpoints`,
  ])('refuses %s', async (statement) => {
    await chained(test.database, vault, 2);
    await auditChainer(test.database, auditVault({ checkpointEvents: 1 })).work();
    await expect(test.dataSource.query(statement)).rejects.toThrow(/is append-only/);
  });
});
