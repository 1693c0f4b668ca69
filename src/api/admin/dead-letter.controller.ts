import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { DeadLetterService } from '../../orchestration/jobs/dead-letter.service.js';
import { PageDto } from '../auth/api-key.dto.js';
import { AdminOnly, Caller } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { cursorOf, nextCursor } from '../dto/paging.js';

type Row = Awaited<ReturnType<DeadLetterService['list']>>[number];

const body = (row: Row) => ({
  id: row.id,
  kind: row.kind,
  user_id: row.userId,
  session_id: row.sessionId,
  turn_id: row.turnId,
  attempts: row.attempts,
  last_error_code: row.lastErrorCode,
  created_at: row.createdAt.toISOString(),
  dead_at: row.deadAt.toISOString(),
});

@ApiTags('Administration')
@Controller('v1/admin/dead-letters')
export class DeadLetterController {
  constructor(private readonly letters: DeadLetterService) {}

  /** Background work that was given up, newest first. */
  @Get()
  @AdminOnly()
  async list(@Query() { limit = 50, cursor }: PageDto) {
    const rows = await this.letters.list(limit, cursorOf(cursor) ?? null);
    return { items: rows.map(body), next_cursor: nextCursor(rows, limit) };
  }

  @Post(':id/replay')
  @AdminOnly()
  @HttpCode(200)
  async replay(@Param('id') id: string, @Caller() principal: Principal) {
    await this.letters.replay(id, principal);
    return { message: 'It is tried again.', id };
  }
}
