import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { AccountExportRepository, ACCOUNT_EXPORT } from '../../storage/accounts/account-export.repository.js';
import { type DrainLease, OutboxDrainRepository } from '../../storage/outbox/outbox-drain.repository.js';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';
import { AuditService } from '../audit/audit.service.js';
import type { RowHandler } from '../jobs/job-handler.js';
import { exportText, inParts } from './export-document.js';
import { ExportSectionsService, type NotIncluded } from './export-sections.service.js';

const FORMAT = 'cozyengine-export';
const VERSION = 1;
const LEASE_SECONDS = 300;
const DEADLINE_MS = 3_600_000;
/** Compressed. One is read into memory at a time, and one written. */
const PART_BYTES = 262_144;

/** Writes a user's export, compressed and in pieces, with no more than a page of rows in memory. */
@Injectable()
export class AccountExportJob implements RowHandler {
  readonly kinds = [ACCOUNT_EXPORT];

  constructor(
    private readonly exports: AccountExportRepository,
    private readonly sections: ExportSectionsService,
    private readonly drains: OutboxDrainRepository,
    private readonly audit: AuditService,
  ) {}

  async run({ userId, turnId: exportId }: OutboxRow): Promise<boolean> {
    const lease = await this.drains.lease([userId], ACCOUNT_EXPORT, LEASE_SECONDS);
    if (lease.userIds.length === 0) return false;
    try {
      if (await this.exports.isWanted(exportId, userId)) await this.write(exportId, userId, lease);
      return true;
    } finally {
      await this.drains.release(lease);
    }
  }

  private async write(exportId: string, userId: string, lease: DrainLease): Promise<void> {
    const account = await this.sections.account(userId);
    if (account === undefined) return;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const missing: NotIncluded[] = [];
    const head = { format: FORMAT, version: VERSION, created_at: new Date(), account };
    const text = exportText(head, this.sections.sections(userId, missing, signal), () => ({ not_included: missing }));
    await this.exports.clear(exportId);
    let parts = 0;
    let bytes = 0;
    await pipeline(
      text,
      createGzip(),
      async (compressed: AsyncIterable<Buffer>) => {
        for await (const part of inParts(compressed, PART_BYTES)) {
          await this.exports.addPart(exportId, parts, part);
          await this.drains.renew(lease, LEASE_SECONDS);
          parts += 1;
          bytes += part.length;
        }
      },
      { signal },
    );
    await this.exports.finish(exportId, parts, bytes);
    const details = { stage: 'ready', bytes, not_included: missing.map(({ part, reason }) => ({ part, reason })) };
    await this.audit.record({ action: 'user.export', outcome: 'success', actorId: userId, subject: exportId, details });
  }
}
