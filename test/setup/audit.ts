import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Counter, Gauge } from 'prom-client';
import { CozyConfig } from '../../src/core/config/cozy-config.js';
import { Logger } from '../../src/core/logging/logger.js';
import { AuditMetrics } from '../../src/core/metrics/audit-metrics.js';
import { AuditChainService } from '../../src/orchestration/audit/audit-chain.service.js';
import { AuditVault } from '../../src/orchestration/audit/audit-vault.service.js';
import { AuditService } from '../../src/orchestration/audit/audit.service.js';
import { AuditChainRepository } from '../../src/storage/audit/audit-chain.repository.js';
import { AuditInboxRepository } from '../../src/storage/audit/audit-inbox.repository.js';
import type { Database } from '../../src/storage/database/database.js';
import { RUN_PREFIX } from './test-lane.js';

const silent = new Logger('silent');

/** Metrics of a test's own, outside the process's registry. */
export function auditMetrics(): AuditMetrics {
  const counter = (name: string, labelNames: string[]) => new Counter({ name, help: name, labelNames, registers: [] });
  const gauge = (name: string) => new Gauge({ name, help: name, registers: [] });
  return new AuditMetrics(
    counter('events', ['action', 'outcome']),
    counter('failures', ['reason']),
    gauge('waiting'),
    gauge('backlog'),
    gauge('broken'),
  );
}

export const auditService = (database: Database, vault = auditVault()): AuditService =>
  new AuditService(new AuditInboxRepository(database), vault, auditMetrics(), silent);

/** Keys and a checkpoint file of a test's own. */
export function auditVault(keys: { key?: string; previous?: string; checkpointEvents?: number } = {}): AuditVault {
  const { security, app, observability, storage } = new CozyConfig();
  app.data_dir = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-audit-`));
  security.audit_hmac_key = keys.key ?? 'a key of the tests that nobody else has';
  if (keys.previous) security.audit_hmac_key_previous = keys.previous;
  observability.audit_checkpoint_events = keys.checkpointEvents ?? 1000;
  return new AuditVault(security, app, observability, storage);
}

/** The part of an instance that chains. */
export const auditChainer = (database: Database, vault: AuditVault, logger = silent): AuditChainService =>
  new AuditChainService(
    new AuditInboxRepository(database),
    new AuditChainRepository(database),
    vault,
    auditMetrics(),
    logger,
  );

/** As somebody who owns the database: no trigger stops them. */
export async function attack(database: Database, ...statements: string[]): Promise<void> {
  const triggers = (what: string) =>
    ['audit_events', 'audit_checkpoints'].map((table) => `ALTER TABLE ${table} ${what} TRIGGER ALL`);
  await database.transaction(async (sql) => {
    for (const statement of [...triggers('DISABLE'), ...statements, ...triggers('ENABLE')]) await sql(statement, []);
  });
}

/** For a test that begins with no chain at all. */
export const noChain = (database: Database): Promise<void> =>
  attack(database, ...['inbox', 'events', 'checkpoints', 'head'].map((table) => `DELETE FROM audit_${table}`));

/** So many events, in the chain. */
export async function chained(
  database: Database,
  vault: AuditVault,
  count: number,
  details: (index: number) => object = (index) => ({ index }),
): Promise<void> {
  const audit = auditService(database, vault);
  for (let index = 1; index <= count; index += 1) {
    await audit.record({ action: 'tool.call', outcome: 'success', subject: `event ${index}`, details: details(index) });
  }
  await auditChainer(database, vault).work();
}

/** Somebody who keeps a copy of the head; returns how they put it back, with its own signature. */
export async function keepHead(database: Database): Promise<() => Promise<void>> {
  await attack(database, 'DROP TABLE IF EXISTS kept_head', 'CREATE TABLE kept_head AS TABLE audit_head');
  return () => attack(database, 'DELETE FROM audit_head', 'INSERT INTO audit_head SELECT * FROM kept_head');
}
