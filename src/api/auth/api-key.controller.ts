import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { instantOf } from '../../core/util/instant.js';
import { ApiKeyService } from '../../orchestration/auth/api-key.service.js';
import { ApiTags } from '../docs/document.decorator.js';
import { cursorOf, nextCursor } from '../dto/paging.js';
import { Caller } from './access.decorator.js';
import { CreateApiKeyDto, PageDto } from './api-key.dto.js';

type ApiKeyRow = Awaited<ReturnType<ApiKeyService['create']>>['row'];

const body = (row: ApiKeyRow) => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  rate_limit_per_minute: row.rateLimitPerMinute,
  expires_at: row.expiresAt?.toISOString() ?? null,
  last_used_at: row.lastUsedAt?.toISOString() ?? null,
  created_at: row.createdAt.toISOString(),
});

@ApiTags('Accounts')
@Controller('v1/api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  /** The key itself is in this answer and nowhere else. */
  @Post()
  async create(@Caller() principal: Principal, @Body() dto: CreateApiKeyDto) {
    const { key, row } = await this.keys.create(principal, {
      name: dto.name,
      scopes: [...new Set(dto.scopes ?? (['chat:read', 'chat:write'] as const))],
      expiresAt: (dto.expires_at && instantOf(dto.expires_at)) || null,
      rateLimitPerMinute: dto.rate_limit_per_minute ?? null,
    });
    return { ...body(row), key };
  }

  @Get()
  async list(@Caller() principal: Principal, @Query() { limit = 50, cursor }: PageDto) {
    const rows = await this.keys.list(principal.userId, limit, cursorOf(cursor));
    return { items: rows.map(body), next_cursor: nextCursor(rows, limit) };
  }

  @Delete(':id')
  @HttpCode(200)
  async revoke(@Caller() principal: Principal, @Param('id') id: string) {
    await this.keys.revoke(id, principal.userId);
    return { message: 'The key has been revoked.', id };
  }
}
