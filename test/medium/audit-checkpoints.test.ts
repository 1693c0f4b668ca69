import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { AuditRetentionService } from '../../src/orchestration/audit/audit-retention.service.js';
import type { AuditVault } from '../../src/orchestration/audit/audit-vault.service.js';
import { verifyChain } from '../../src/orchestration/audit/audit-verifier.js';
import { AuditChainRepository } from '../../src/storage/audit/audit-chain.repository.js';
import {
  attack,
  auditMetrics,
  auditService,
  auditVault,
  chained as chainedIn,
  keepHead,
  noChain,
} from '../setup/audit.js';
import { emptyDatabase, type TestDatabase } from '../setup/test-database.js';

const silent = new Logger('silent');
let test: TestDatabase;
let vault: AuditVault;

/** A database of its own: there is one chain in each. */
beforeAll(async () => {
  test = await emptyDatabase();
  await test.dataSource.runMigrations();
});
afterAll(() => test.remove());
beforeEach(async () => {
  // A checkpoint whenever something was chained.
  vault = auditVault({ checkpointEvents: 1 });
  await noChain(test.database);
});

const chained = (count: number) => chainedIn(test.database, vault, count);
const attackWith = (...statements: string[]) => attack(test.database, ...statements);

const chain = () => new AuditChainRepository(test.database);

async function messages(): Promise<string[]> {
  const { checkpoints: exported, problems } = (await vault.file.read()) ?? { checkpoints: [], problems: [] };
  const verdict = await chain().snapshot((reader) => verifyChain(reader, vault.keys, { exported }));
  return [...problems, ...verdict.problems].map(({ message }) => message);
}

describe('checkpoints', () => {
  it('are in the database and in the file, one for each of them', async () => {
    await chained(3);
    await chained(2);
    expect(await vault.file.read()).toMatchObject({ checkpoints: [{ seq: '3' }, { seq: '5' }], problems: [] });
    expect(await messages()).toEqual([]);
  });

  it('show a tail that was cut with the head put back: against the database', async () => {
    await chained(3);
    const rewind = await keepHead(test.database);
    await chained(2);
    await attackWith('DELETE FROM audit_events WHERE seq > 3');
    await rewind();
    expect(await messages()).toEqual([
      expect.stringMatching(/^rows 4 to 5 are missing: the checkpoint of 20\S+Z saw row 5 \(database\)$/),
    ]);
  });

  it('and against the file, where the database was cleaned up as well', async () => {
    await chained(3);
    const rewind = await keepHead(test.database);
    await chained(2);
    await attackWith('DELETE FROM audit_events WHERE seq > 3', 'DELETE FROM audit_checkpoints WHERE seq > 3');
    await rewind();
    expect(await messages()).toEqual([
      expect.stringMatching(/^rows 4 to 5 are missing: the checkpoint of 20\S+Z saw row 5 \(file\)$/),
    ]);
  });

  it('show that everything is gone', async () => {
    await chained(3);
    await attackWith(...['events', 'checkpoints', 'head'].map((table) => `DELETE FROM audit_${table}`));
    expect(await messages()).toEqual([
      expect.stringMatching(/^rows 1 to 3 are missing: the checkpoint of 20\S+Z saw row 3 \(file\)$/),
    ]);
  });

  it('show rows that were signed again by the engine itself, after a cut that it did not see', async () => {
    await chained(3);
    const rewind = await keepHead(test.database);
    await chained(2);
    await attackWith('DELETE FROM audit_events WHERE seq > 3', 'DELETE FROM audit_checkpoints WHERE seq > 3');
    await rewind();
    await chained(4);
    expect(await messages()).toEqual([
      'the checkpoint at row 5 is in the file but not in the database',
      expect.stringMatching(/^row 5 is not the one that the checkpoint of 20\S+Z saw \(file\)$/),
    ]);
  });

  it('that were edited are named', async () => {
    await chained(3);
    await attackWith(`UPDATE audit_checkpoints SET created_at = created_at - interval '1 day'`);
    expect(await messages()).toEqual(['the checkpoint at row 3 (database) was changed']);
  });

  it('that were removed from the database are named', async () => {
    await chained(3);
    await attackWith('DELETE FROM audit_checkpoints');
    expect(await messages()).toEqual(['the checkpoint at row 3 is in the file but not in the database']);
  });

  it('that were edited in the file are named; a last line that a crash cut short is no matter', async () => {
    await chained(3);
    const text = readFileSync(vault.file.file, 'utf8');
    writeFileSync(vault.file.file, text.replace('"seq":"3"', '"seq":"2"'));
    expect(await messages()).toEqual([
      'the checkpoint at row 2 is in the file but not in the database',
      'the checkpoint at row 2 (file) was changed',
    ]);
    writeFileSync(vault.file.file, text + text.slice(0, 40));
    expect(await messages()).toEqual([]);
    writeFileSync(vault.file.file, `${text}\n \n${text}`);
    expect(await messages()).toEqual([]);
    writeFileSync(vault.file.file, `${text}nothing\n`);
    expect(await messages()).toEqual([`${vault.file.file}:2: is no checkpoint`]);
    writeFileSync(vault.file.file, text + 'nothing\n'.repeat(30));
    expect((await messages()).slice(19)).toEqual([
      `${vault.file.file}:21: is no checkpoint`,
      `${vault.file.file}: 10 more lines are no checkpoints`,
    ]);
  });

  it('a torn line costs no checkpoint that comes after it, and hides nothing that the database shows', async () => {
    await chained(3);
    appendFileSync(vault.file.file, '{"seq":"4","ha');
    await chained(2);
    expect(await vault.file.read()).toMatchObject({ checkpoints: [{ seq: '3' }, { seq: '5' }] });
    expect(await messages()).toEqual([`${vault.file.file}:2: is no checkpoint`]);
    await attackWith(`UPDATE audit_events SET subject = 'x' WHERE seq = 2`);
    expect(await messages()).toEqual([
      `${vault.file.file}:2: is no checkpoint`,
      'row 2 was changed, or written by somebody else',
    ]);
  });
});

describe('retention', () => {
  const retention = () =>
    new AuditRetentionService(chain(), vault, auditService(test.database), auditMetrics(), silent);

  /** Three events and their checkpoint, signed so many days ago. */
  async function old(days: number): Promise<void> {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - days * 86_400_000 });
    try {
      await chained(3);
    } finally {
      vi.useRealTimers();
    }
  }

  const seqs = async () => {
    const rows = await test.database.query<{ seq: string }>('seqs', 'SELECT seq FROM audit_events ORDER BY seq', []);
    return rows.map(({ seq }) => seq);
  };

  it('removes what stands before an old checkpoint, says so in the chain, and what is left is whole', async () => {
    await old(40);
    await old(35);
    await chained(2);
    await retention().trim(30);
    expect(await seqs()).toEqual(['7', '8']);
    await chained(0);
    const [event] = (await test.dataSource.query('SELECT * FROM audit_events WHERE seq = 9')) as object[];
    expect(event).toMatchObject({ action: 'audit.retention', details: { through_seq: '6', days: 30 } });
    expect(await messages()).toEqual([]);
  });

  it('leaves everything where no checkpoint is old enough', async () => {
    await old(20);
    await retention().trim(30);
    expect(await seqs()).toEqual(['1', '2', '3']);
  });

  it('is no excuse: rows that are gone without it are missing, before a checkpoint and behind one', async () => {
    await old(40);
    await chained(3);
    await attackWith('DELETE FROM audit_events WHERE seq <= 3');
    expect(await messages()).toEqual(['rows 1 to 3 are missing']);
    await retention().trim(30);
    expect(await messages()).toEqual([]);
    await attackWith('DELETE FROM audit_events WHERE seq = 4');
    expect(await messages()).toEqual(['row 4 is missing']);
  });

  it('refuses a checkpoint that was changed', async () => {
    await chained(3);
    await attackWith(`UPDATE audit_checkpoints SET created_at = created_at - interval '60 days'`);
    await expect(retention().trim(30)).rejects.toThrow('the checkpoint at row 3 was changed');
    expect(await seqs()).toEqual(['1', '2', '3']);
  });
});
