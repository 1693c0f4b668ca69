import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runInRequest } from '../../src/core/logging/request-context.js';
import { newId } from '../../src/core/util/ids.js';
import type { AuditVault } from '../../src/orchestration/audit/audit-vault.service.js';
import { verifyChain, type VerifyOptions } from '../../src/orchestration/audit/audit-verifier.js';
import { createDataSource } from '../../src/storage/data-source.js';
import { AuditChainRepository } from '../../src/storage/audit/audit-chain.repository.js';
import { AuditEventRepository } from '../../src/storage/audit/audit-event.repository.js';
import { AuditInboxRepository } from '../../src/storage/audit/audit-inbox.repository.js';
import { Database } from '../../src/storage/database/database.js';
import { auditChainer, auditService, auditVault } from '../setup/audit.js';
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
  await test.database.transaction(async (sql) => {
    await sql(`SELECT set_config('cozy.audit_retention', 'on', true)`, []);
    for (const table of ['inbox', 'events', 'checkpoints', 'head']) await sql(`DELETE FROM audit_${table}`, []);
  });
});

const chain = () => new AuditChainRepository(test.database);
const verify = (options: VerifyOptions = {}, keys = vault.keys) =>
  chain().snapshot((reader) => verifyChain(reader, keys, options));
const messages = async (options: VerifyOptions = {}) => (await verify(options)).problems.map(({ message }) => message);

async function rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const found: unknown = await test.dataSource.query(text, values);
  return found as Row[];
}

/** So many events, chained. */
async function chained(count: number, details: (index: number) => object = (index) => ({ index })): Promise<void> {
  const audit = auditService(test.database);
  for (let index = 1; index <= count; index += 1) {
    await audit.record({ action: 'tool.call', outcome: 'success', subject: `event ${index}`, details: details(index) });
  }
  await auditChainer(test.database, vault).work();
}

describe('recording', () => {
  it('is durable when it says so, in one place in the chain after that, with the request it belongs to', async () => {
    const audit = auditService(test.database);
    const context = { request_id: 'request-1', user_id: 'user-1' };
    const durable = await runInRequest(context, () =>
      audit.record({ action: 'tool.call', outcome: 'refused', level: 'warning', subject: 'calculator' }),
    );
    expect(durable).toBe(true);
    expect(await new AuditInboxRepository(test.database).backlog(10)).toBe(1);
    await auditChainer(test.database, vault).work();
    expect(await new AuditInboxRepository(test.database).backlog(10)).toBe(0);
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
    const event = {
      id: newId(),
      action: 'tool.call',
      level: 'info',
      actorId: null,
      subject: null,
      requestId: null,
      outcome: 'success',
      details: {},
      createdAt: new Date(),
    };
    await inbox.add([event]);
    await inbox.add([event]);
    await auditChainer(test.database, vault).work();
    await inbox.add([event]);
    await auditChainer(test.database, vault).work();
    expect(await rows('SELECT seq FROM audit_events')).toHaveLength(1);
    expect(await inbox.backlog(10)).toBe(0);
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
    let recording = true;
    const chaining = instances.map(async ({ database }) => {
      const chainer = auditChainer(database, vault);
      while (recording) await chainer.work();
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
    recording = false;
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
    const dying = chain().extend(3, vault.genesis, () => {
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
  ])('refuses a head that was %s, and keeps the events in the inbox', async (_, attack, problem) => {
    await chained(3);
    await test.dataSource.query(attack);
    await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
    await expect(auditChainer(test.database, vault).work()).rejects.toThrow(problem);
    expect(await new AuditInboxRepository(test.database).backlog(10)).toBe(1);
    expect(await rows('SELECT seq FROM audit_events')).toHaveLength(3);
  });

  it('refuses to build on a head that was rewound behind a checkpoint', async () => {
    const eager = auditVault({ checkpointEvents: 1 });
    await chained(3);
    const [old] = await rows<Record<string, unknown>>('SELECT seq, hash, key_id, signature FROM audit_head');
    await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
    await auditChainer(test.database, eager).work();
    await attackWith(`DELETE FROM audit_events WHERE seq = 4`);
    await rewind(old ?? {});
    await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
    await expect(auditChainer(test.database, vault).work()).rejects.toThrow('a checkpoint saw rows behind the head');
  });
});

/** As somebody who owns the database: no trigger stops them. */
async function attackWith(...statements: string[]): Promise<void> {
  await test.database.transaction(async (sql) => {
    for (const table of ['audit_events', 'audit_checkpoints'])
      await sql(`ALTER TABLE ${table} DISABLE TRIGGER ALL`, []);
    for (const statement of statements) await sql(statement, []);
    for (const table of ['audit_events', 'audit_checkpoints']) await sql(`ALTER TABLE ${table} ENABLE TRIGGER ALL`, []);
  });
}

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
    await chained(2);
    await auditChainer(test.database, auditVault({ checkpointEvents: 1 })).work();
    await expect(test.dataSource.query(statement)).rejects.toThrow(/is append-only/);
  });
});

describe('tampering is named exactly', () => {
  const CHANGED = ['row 12 was changed, or written by somebody else'];
  beforeEach(() => chained(20, (index) => ({ b: [1.5, 'ü', null], a: { index, big: 123456789012 } })));

  it('and a chain that nobody touched is whole', async () => {
    expect(await verify()).toMatchObject({ problems: [], rows: 20, complete: true, anchor: { seq: '20' } });
  });

  it.each([
    ['action', `action = 'auth.login'`],
    ['level', `level = 'warning'`],
    ['actor', `actor_id = 'somebody'`],
    ['subject', `subject = subject || ' '`],
    ['subject that is none', `subject = NULL`],
    ['request', `request_id = ''`],
    ['outcome', `outcome = 'failure'`],
    ['id', `id = gen_random_uuid()`],
    ['time by a microsecond', `created_at = created_at + interval '1 microsecond'`],
    ['time to never', `created_at = 'infinity'`],
    ['previous hash', `previous_hash = decode(repeat('00', 32), 'hex')`],
    ['signature', `signature = decode(repeat('00', 32), 'hex')`],
    ['empty signature', `signature = ''`],
    ['detail', `details = jsonb_set(details, '{a,index}', '13')`],
    ['detail of the same value with other digits', `details = jsonb_set(details, '{b,0}', '1.50')`],
    ['detail that a number cannot tell apart', `details = jsonb_set(details, '{a,big}', '123456789012.00000000001')`],
    ['detail from number to text', `details = jsonb_set(details, '{a,index}', '"12"')`],
    ['detail more', `details = details || '{"c": null}'`],
    ['detail called __proto__', `details = details || '{"__proto__": {"x": 1}}'`],
    ['order in a list', `details = jsonb_set(details, '{b}', '["ü", 1.5, null]')`],
    ['whole details', `details = '[]'`],
  ])('an edited %s', async (_, change) => {
    await attackWith(`UPDATE audit_events SET ${change} WHERE seq = 12`);
    expect(await messages()).toEqual(CHANGED);
  });

  it.each([
    [
      'a key that nobody knows',
      [`UPDATE audit_events SET key_id = 'abc' WHERE seq = 12`],
      ['row 12 is signed with the key abc, which is not known here'],
    ],
    ['one row less', ['DELETE FROM audit_events WHERE seq = 12'], ['row 12 is missing']],
    ['the first row less', ['DELETE FROM audit_events WHERE seq = 1'], ['row 1 is missing']],
    ['three rows less', ['DELETE FROM audit_events WHERE seq BETWEEN 12 AND 14'], ['rows 12 to 14 are missing']],
    [
      'two rows in each other’s place',
      [
        'UPDATE audit_events SET seq = -12 WHERE seq = 12',
        'UPDATE audit_events SET seq = 12 WHERE seq = 13',
        'UPDATE audit_events SET seq = 13 WHERE seq = -12',
      ],
      ['row 12 was moved: it was written as row 13', 'row 13 was moved: it was written as row 12'],
    ],
    [
      'a gap closed by moving up',
      ['DELETE FROM audit_events WHERE seq = 19', 'UPDATE audit_events SET seq = 19 WHERE seq = 20'],
      ['row 19 was moved: it was written as row 20', 'row 20 is missing: the head is row 20'],
    ],
    [
      'a row put behind the last',
      [
        `INSERT INTO audit_events SELECT 21, gen_random_uuid(), action, level, actor_id, subject, request_id, outcome,
           details, created_at, key_id, previous_hash, signature FROM audit_events WHERE seq = 12`,
      ],
      ['row 21 was changed, or written by somebody else', 'row 21 stands behind the head, which is row 20'],
    ],
    [
      'a row put before the first',
      [`UPDATE audit_events SET seq = -5 WHERE seq = 12`],
      ['row -5 stands before the beginning of the chain', 'row 12 is missing'],
    ],
    [
      'the tail cut off',
      ['DELETE FROM audit_events WHERE seq > 17'],
      ['rows 18 to 20 are missing: the head is row 20'],
    ],
    ['everything gone', ['DELETE FROM audit_events'], ['rows 1 to 20 are missing: the head is row 20']],
    [
      'a number too large',
      [`UPDATE audit_events SET seq = 9223372036854775807 WHERE seq = 20`],
      [/^rows 20 to 9223372036854776000 are missing$/, /was changed/, /^rows 21 to .* stand behind the head/],
    ],
    ['an edited head', [`UPDATE audit_head SET hash = decode(repeat('00', 32), 'hex')`], ['the head was changed']],
    ['an edited beginning', [`UPDATE audit_head SET base_seq = 5`], ['the head was changed']],
    ['no head', ['DELETE FROM audit_head'], ['the head is missing, though there are rows or checkpoints']],
  ] as [string, string[], (string | RegExp)[]][])('%s', async (_, attack, problems) => {
    await attackWith(...attack);
    const found = await messages();
    expect(found).toEqual(
      problems.map((problem) => (typeof problem === 'string' ? problem : expect.stringMatching(problem))),
    );
  });

  it('the wrong key: nothing can be told, and every row says so', async () => {
    const verdict = await verify({}, auditVault({ key: 'another key of the tests, as long' }).keys);
    // Twenty rows, the head and its first checkpoint.
    expect(verdict.problemCount).toBe(22);
    expect(verdict.problems[0]?.message).toMatch(/^the head is signed with the key \w{12}, which is not known here$/);
  });
});

describe('keys', () => {
  it('change, and those before still verify what they signed', async () => {
    await chained(2);
    const [first, second, third] = ['a key of the tests that nobody else has', 'second'.padEnd(32, '.'), 'third'];
    const add = async (owner: AuditVault) => {
      await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
      await auditChainer(test.database, owner).work();
    };
    await add(auditVault({ key: second, previous: first }));
    const newest = auditVault({ key: third.padEnd(32, '.'), previous: `${second},${first}` });
    await add(newest);
    expect(await verify({}, newest.keys)).toMatchObject({ problems: [], rows: 4 });
    expect(await rows('SELECT DISTINCT key_id FROM audit_events')).toHaveLength(3);
  });
});
