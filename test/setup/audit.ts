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

export const auditService = (database: Database): AuditService =>
  new AuditService(new AuditInboxRepository(database), auditMetrics(), silent);

/** Keys and a checkpoint file of a test's own. */
export function auditVault(keys: { key?: string; previous?: string; checkpointEvents?: number } = {}): AuditVault {
  const { security, app, observability } = new CozyConfig();
  app.data_dir = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-audit-`));
  security.audit_hmac_key = keys.key ?? 'a key of the tests that nobody else has';
  if (keys.previous) security.audit_hmac_key_previous = keys.previous;
  observability.audit_checkpoint_events = keys.checkpointEvents ?? 1000;
  return new AuditVault(security, app, observability);
}

/** The part of an instance that chains. */
export const auditChainer = (database: Database, vault: AuditVault): AuditChainService =>
  new AuditChainService(
    new AuditInboxRepository(database),
    new AuditChainRepository(database),
    vault,
    auditMetrics(),
    silent,
  );
