import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { AuditStanding } from '../../src/orchestration/audit/audit-standing.js';
import type { AuditVault } from '../../src/orchestration/audit/audit-vault.service.js';
import { AuditWatchService } from '../../src/orchestration/audit/audit-watch.service.js';
import { AuditChainRepository } from '../../src/storage/audit/audit-chain.repository.js';
import { attack, auditMetrics, auditVault, chained as chainedIn, keepHead, noChain } from '../setup/audit.js';
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

describe('the check while the server runs', () => {
  let standing: AuditStanding;
  let told: string[];
  let watch: AuditWatchService;
  beforeEach(() => {
    standing = new AuditStanding();
    told = [];
    const log = { write: (line: string) => void told.push((JSON.parse(line) as { problem: string }).problem) };
    watch = new AuditWatchService(chain(), vault, standing, auditMetrics(), new Logger('fatal', log));
  });

  it('finds a whole chain whole, also as it grows', async () => {
    await watch.check();
    await chained(3);
    await watch.check();
    await chained(3);
    await watch.check();
    expect({ chain: standing.chain, told }).toEqual({ chain: 'whole', told: [] });
  });

  it('tells of what is new and wrong once, and of a whole chain only after all of it was checked', async () => {
    await chained(3);
    await watch.check();
    await chained(3);
    await attackWith(`UPDATE audit_events SET subject = 'x' WHERE seq = 5`);
    await watch.check();
    await watch.check();
    expect({ chain: standing.chain, told }).toEqual({
      chain: 'broken',
      told: ['row 5 was changed, or written by somebody else'],
    });
    await attackWith(`UPDATE audit_events SET subject = 'event 2' WHERE seq = 5`);
    await watch.check();
    expect(standing.chain).toBe('broken');
  });

  it('a torn line in the file of checkpoints keeps it from nothing: it is told, and the database is checked', async () => {
    await chained(3);
    appendFileSync(vault.file.file, '{"seq":"4","ha');
    await chained(2);
    await attackWith(`UPDATE audit_events SET subject = 'x' WHERE seq = 2`);
    await watch.check();
    await watch.check();
    expect({ chain: standing.chain, told }).toEqual({
      chain: 'broken',
      told: [`${vault.file.file}:2: is no checkpoint`, 'row 2 was changed, or written by somebody else'],
    });
  });

  it('a file of checkpoints that cannot be read is told, and the database is checked', async () => {
    await chained(3);
    rmSync(vault.file.file);
    mkdirSync(vault.file.file);
    await attackWith(`UPDATE audit_events SET subject = 'x' WHERE seq = 2`);
    await watch.check();
    expect(told).toEqual([
      `${vault.file.file}: cannot be read (EISDIR)`,
      'row 2 was changed, or written by somebody else',
    ]);
  });

  it('notices that the row it came to is gone, though head and checkpoints say nothing', async () => {
    await chained(3);
    const rewind = await keepHead(test.database);
    await chained(2);
    await watch.check();
    await attackWith('DELETE FROM audit_events WHERE seq > 3', 'DELETE FROM audit_checkpoints WHERE seq > 3');
    await rewind();
    await watch.check();
    expect(told).toEqual(['rows 4 to 5 are missing: an earlier check saw row 5']);
  });

  it('a cut tail does not heal: full checks find it as well, until a restart', async () => {
    await chained(3);
    const rewind = await keepHead(test.database);
    await chained(2);
    await watch.check();
    await attackWith('DELETE FROM audit_events WHERE seq > 3', 'DELETE FROM audit_checkpoints WHERE seq > 3');
    await rewind();
    // As somebody does who cuts the end and cleans up the file as well.
    rmSync(vault.file.file);
    await watch.check();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      for (let day = 0; day < 3; day += 1) {
        vi.setSystemTime(Date.now() + 25 * 3_600_000);
        await watch.check();
        expect(standing.chain).toBe('broken');
      }
      await chained(4);
      vi.setSystemTime(Date.now() + 25 * 3_600_000);
      await watch.check();
    } finally {
      vi.useRealTimers();
    }
    expect({ chain: standing.chain, told }).toEqual({
      chain: 'broken',
      told: ['rows 4 to 5 are missing: an earlier check saw row 5', 'row 5 is not the one that an earlier check saw'],
    });
    const restarted = new AuditStanding();
    await new AuditWatchService(chain(), vault, restarted, auditMetrics(), silent).check();
    expect(restarted.chain).toBe('whole');
  });

  it('a cut tail with the head put back is told of, though honest events have taken the place of what was cut', async () => {
    await chained(3);
    const rewind = await keepHead(test.database);
    await chained(2);
    await watch.check();
    await attackWith('DELETE FROM audit_events WHERE seq > 3', 'DELETE FROM audit_checkpoints WHERE seq > 3');
    await rewind();
    await chained(4);
    await watch.check();
    expect({ chain: standing.chain, told }).toEqual({
      chain: 'broken',
      told: ['row 5 is not the one that an earlier check saw'],
    });
  });
});
