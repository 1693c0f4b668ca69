import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { instantOf } from '../../core/util/instant.js';
import { MemoryService } from '../../orchestration/memory/memory.service.js';
import { Caller, Scopes } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { Idempotent } from '../idempotency/idempotency.interceptor.js';
import { FactDto, MemoryPageDto, NewMemoryDto } from './memory.dto.js';

type Memory = Awaited<ReturnType<MemoryService['remember']>>;
type Fact = Awaited<ReturnType<MemoryService['setFact']>>;

const memoryBody = ({ id, text, createdAt, sessionId, messageId, saidBy }: Memory) => ({
  id,
  text,
  said_by: saidBy ?? null,
  session_id: sessionId,
  message_id: messageId,
  created_at: createdAt?.toISOString() ?? null,
});

const foundBody = (memory: Memory) => ({ ...memoryBody(memory), score: memory.score });

const factBody = ({ id, key, value, since, messageId }: Fact) => ({
  id,
  key,
  value,
  message_id: messageId,
  since: since.toISOString(),
});

/** What is remembered of the caller: theirs to see, to correct and to delete. */
@ApiTags('Memory')
@Controller('v1')
export class MemoryController {
  constructor(private readonly memory: MemoryService) {}

  @Get('memories')
  @Scopes('memory:read')
  async list(@Caller() { userId }: Principal, @Query() { q, limit = 50, cursor, include }: MemoryPageDto) {
    if (q) return { items: (await this.memory.search(userId, q, limit)).map(foundBody), next_cursor: null };
    const page = await this.memory.list(userId, limit, cursor ?? null, include === 'conversation');
    return { items: page.items.map(memoryBody), next_cursor: page.nextCursor };
  }

  @Post('memories')
  @Scopes('memory:write')
  @Idempotent()
  async remember(@Caller() { userId }: Principal, @Body() { text, created_at: saidAt }: NewMemoryDto) {
    return memoryBody(await this.memory.remember(userId, text, saidAt ? instantOf(saidAt) : undefined));
  }

  @Delete('memories/:id')
  @Scopes('memory:write')
  @HttpCode(200)
  async forget(@Caller() { userId }: Principal, @Param('id') id: string) {
    await this.memory.forget(userId, id);
    return { message: 'The memory has been deleted.', id };
  }

  @Delete('memories')
  @Scopes('memory:write')
  @HttpCode(200)
  async forgetAll(@Caller() { userId }: Principal) {
    await this.memory.forgetAll(userId);
    return { message: 'All memories have been deleted.' };
  }

  @Get('profile-facts')
  @Scopes('memory:read')
  async facts(@Caller() { userId }: Principal) {
    return { items: (await this.memory.facts(userId)).map(factBody), next_cursor: null };
  }

  @Put('profile-facts')
  @Scopes('memory:write')
  @HttpCode(200)
  async setFact(@Caller() { userId }: Principal, @Body() { key, value }: FactDto) {
    return factBody(await this.memory.setFact(userId, key, value));
  }

  @Delete('profile-facts/:id')
  @Scopes('memory:write')
  @HttpCode(200)
  async removeFact(@Caller() { userId }: Principal, @Param('id') id: string) {
    await this.memory.removeFact(userId, id);
    return { message: 'The fact has been deleted.', id };
  }
}
