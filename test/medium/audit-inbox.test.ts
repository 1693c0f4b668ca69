import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import type { AuditVault } from '../../src/orchestration/audit/audit-vault.service.js';
import { verifyChain } from '../../src/orchestration/audit/audit-verifier.js';
import { AuditChainRepository } from '../../src/storage/audit/audit-chain.repository.js';
import { AuditInboxRepository } from '../../src/storage/audit/audit-inbox.repository.js';
import { auditChainer, auditService, auditVault, noChain } from '../setup/audit.js';
import { emptyDatabase, type TestDatabase } from '../setup/test-database.js';

const FORGED = `INSERT INTO audit_inbox (id, action, level, subject, outcome, details, created_at, key_id, tag)
  SELECT gen_random_uuid(), 'admin.create', 'info', 'forged', 'success', '{}', now()`;

let test: TestDatabase;
let vault: AuditVault;
let told: { refused: number; key_unknown: number }[];

/** A database of its own: there is one chain in each. */
beforeAll(async () => {
  test = await emptyDatabase();
  await test.dataSource.runMigrations();
});
afterAll(() => test.remove());
beforeEach(async () => {
  vault = auditVault();
  told = [];
  await noChain(test.database);
});

const log = new Logger('fatal', { write: (line: string) => void told.push(JSON.parse(line) as (typeof told)[0]) });
const chainer = (owner = vault) => auditChainer(test.database, owner, log);
const record = (subject: string, owner = vault) =>
  auditService(test.database, owner).record({ action: 'tool.call', outcome: 'success', subject, details: { n: 1.5 } });
const run = (statement: string, values: unknown[] = []) => test.dataSource.query(statement, values);
const subjects = async () => {
  const rows = (await run('SELECT action, subject FROM audit_events ORDER BY seq')) as Record<string, string | null>[];
  return rows.map(({ action, subject }) => subject ?? action);
};
const problems = async () => {
  const chain = new AuditChainRepository(test.database);
  return (await chain.snapshot((reader) => verifyChain(reader, vault.keys))).problems;
};
const REFUSED = 'audit.events_refused';

describe('an event in the inbox', () => {
  it('that somebody forged is not signed but told of, and honest ones are chained', async () => {
    await record('first');
    await run(`${FORGED}, $1, decode(repeat('00', 32), 'hex')`, [vault.keys.currentId]);
    await record('second');
    await chainer().work();
    expect(await subjects()).toEqual(['first', 'second', REFUSED]);
    expect(told).toMatchObject([{ level: 'fatal', refused: 1, key_unknown: 0, ids: [expect.any(String)] }]);
    expect(await problems()).toEqual([]);
    expect(await run('SELECT subject, refused FROM audit_inbox')).toEqual([{ subject: 'forged', refused: 'tag' }]);
    // It is told of once, and waits for nothing.
    await chainer().work();
    expect(told).toHaveLength(1);
    expect(await new AuditInboxRepository(test.database).backlog(10, vault.keys.ids)).toBe(0);
  });

  it.each([
    ['subject', `subject = 'another'`],
    ['time by a microsecond', `created_at = created_at + interval '1 microsecond'`],
    ['detail of the same value with other digits', `details = '{"n": 1.50}'`],
    ['details that are far too long', `details = jsonb_build_object('n', repeat('x', 1000000))`],
    ['tag', `tag = ''`],
  ])('with an edited %s is refused', async (_, change) => {
    await record('first');
    await run(`UPDATE audit_inbox SET ${change}`);
    await chainer().work();
    expect(await subjects()).toEqual([REFUSED]);
    expect(await run('SELECT refused FROM audit_inbox')).toEqual([{ refused: 'tag' }]);
  });

  it('more forged ones than a batch holds, before the honest ones, do not block the queue', async () => {
    await run(
      `INSERT INTO audit_inbox (id, action, level, outcome, details, created_at, key_id, tag)
       SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'x', 'info', 'success', '{}', now(), $1, ''
       FROM generate_series(1, 1200) AS n`,
      [vault.keys.currentId],
    );
    await record('honest');
    await chainer().work();
    expect(await subjects()).toEqual([REFUSED, REFUSED, 'honest', REFUSED]);
    expect(told.map(({ refused }) => refused)).toEqual([500, 500, 200]);
    expect(await problems()).toEqual([]);
  });

  it('of a key that this instance does not know yet is chained by one that does', async () => {
    const newer = auditVault({ key: 'newer'.padEnd(32, '.'), previous: 'a key of the tests that nobody else has' });
    await record('of the newer key', newer);
    await record('of the older key');
    await chainer().work();
    expect(await subjects()).toEqual(['of the older key', REFUSED]);
    expect(told).toMatchObject([{ refused: 1, key_unknown: 1 }]);
    await chainer(newer).work();
    expect(await subjects()).toEqual(['of the older key', REFUSED, 'of the newer key']);
    expect(await run('SELECT id FROM audit_inbox')).toEqual([]);
  });
});
