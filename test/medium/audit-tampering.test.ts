import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditVault } from '../../src/orchestration/audit/audit-vault.service.js';
import { verifyChain, type VerifyOptions } from '../../src/orchestration/audit/audit-verifier.js';
import { AuditChainRepository } from '../../src/storage/audit/audit-chain.repository.js';
import { attack, auditChainer, auditService, auditVault, chained, noChain } from '../setup/audit.js';
import { emptyDatabase, type TestDatabase } from '../setup/test-database.js';

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

const verify = (options: VerifyOptions = {}, keys = vault.keys) =>
  new AuditChainRepository(test.database).snapshot((reader) => verifyChain(reader, keys, options));
const messages = async () => (await verify()).problems.map(({ message }) => message);

describe('tampering is named exactly', () => {
  const CHANGED = ['row 12 was changed, or written by somebody else'];
  beforeEach(() =>
    chained(test.database, vault, 20, (index) => ({ b: [1.5, 'ü', null], a: { index, big: 123456789012 } })),
  );

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
    await attack(test.database, `UPDATE audit_events SET ${change} WHERE seq = 12`);
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
    ['an edited head', [`UPDATE audit_head SET hash = decode(repeat('00', 32), 'hex')`], ['the head was changed']],
    ['an edited beginning', [`UPDATE audit_head SET base_seq = 5`], ['the head was changed']],
    ['no head', ['DELETE FROM audit_head'], ['the head is missing, though there are rows or checkpoints']],
  ])('%s', async (_, statements, problems) => {
    await attack(test.database, ...statements);
    expect(await messages()).toEqual(problems);
  });

  it('a number that is too large for a number', async () => {
    await attack(test.database, 'UPDATE audit_events SET seq = 9223372036854775807 WHERE seq = 20');
    expect(await messages()).toEqual([
      expect.stringMatching(/^rows 20 to 9\d{18} are missing$/),
      expect.stringMatching(/^row 9\d{18} was changed, or written by somebody else$/),
      expect.stringMatching(/^rows 21 to 9\d{18} stand behind the head, which is row 20$/),
    ]);
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
    await chained(test.database, vault, 2);
    const [first, second, third] = ['a key of the tests that nobody else has', 'second'.padEnd(32, '.'), 'third'];
    const add = async (owner: AuditVault) => {
      await auditService(test.database).record({ action: 'tool.call', outcome: 'success' });
      await auditChainer(test.database, owner).work();
    };
    await add(auditVault({ key: second, previous: first }));
    const newest = auditVault({ key: third.padEnd(32, '.'), previous: `${second},${first}` });
    await add(newest);
    expect(await verify({}, newest.keys)).toMatchObject({ problems: [], rows: 4 });
    expect(await test.database.query('key_ids', 'SELECT DISTINCT key_id FROM audit_events', [])).toHaveLength(3);
  });
});
