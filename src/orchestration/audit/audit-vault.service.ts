import { Injectable } from '@nestjs/common';
import { AppSection } from '../../core/config/sections/app.section.js';
import { keptSecret } from '../../core/config/generated-secret.js';
import { ObservabilitySection } from '../../core/config/sections/observability.section.js';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { StorageSection } from '../../core/config/sections/storage.section.js';
import type { AuditHeadText } from '../../storage/audit/audit-chain.repository.js';
import { AuditKeyring, genesisOf } from './audit-chain.js';
import { CheckpointFile } from './checkpoint-file.adapter.js';

/** What the chain is kept and judged with: the keys, the file outside the database, and how often it is written. */
@Injectable()
export class AuditVault {
  readonly keys: AuditKeyring;
  readonly genesis: AuditHeadText;
  readonly file: CheckpointFile;
  readonly checkpointEvents: number;
  readonly checkpointMs: number;
  readonly retentionDays: number;

  constructor(
    security: SecuritySection,
    app: AppSection,
    observability: ObservabilitySection,
    storage: StorageSection,
  ) {
    this.keys = new AuditKeyring(
      security.audit_hmac_key ?? keptSecret(app.data_dir, 'audit'),
      security.audit_hmac_key_previous,
    );
    this.genesis = genesisOf(this.keys);
    this.file = CheckpointFile.of(app, observability, storage);
    this.checkpointEvents = observability.audit_checkpoint_events;
    this.checkpointMs = observability.audit_checkpoint_minutes * 60_000;
    this.retentionDays = observability.audit_retention_days;
  }
}
