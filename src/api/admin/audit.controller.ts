import { Controller, Get, Query } from '@nestjs/common';
import { instantOf } from '../../core/util/instant.js';
import { AuditLogService } from '../../orchestration/audit/audit-log.service.js';
import { AdminOnly } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { AuditPageDto } from './audit.dto.js';

type AuditRow = Awaited<ReturnType<AuditLogService['list']>>[number];

const body = (row: AuditRow) => ({
  seq: Number(row.seq),
  action: row.action,
  level: row.level,
  actor_id: row.actorId,
  subject: row.subject,
  request_id: row.requestId,
  outcome: row.outcome,
  details: row.details,
  created_at: row.createdAt.toISOString(),
  key_id: row.keyId,
});

const instant = (text: string | undefined) => (text ? instantOf(text) : undefined);

@ApiTags('Administration')
@Controller('v1/admin/audit')
export class AuditController {
  constructor(private readonly log: AuditLogService) {}

  /** What happened, newest first. */
  @Get()
  @AdminOnly()
  async list(@Query() { limit = 50, ...filter }: AuditPageDto) {
    const { action, level, outcome, actor_id: actorId, request_id: requestId, cursor: beforeSeq } = filter;
    const times = { since: instant(filter.since), until: instant(filter.until) };
    const rows = await this.log.list({ action, level, outcome, actorId, requestId, beforeSeq, ...times }, limit);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return { items: rows.map(body), next_cursor: last?.seq ?? null };
  }
}
