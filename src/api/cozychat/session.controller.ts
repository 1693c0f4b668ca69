import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { instantOf } from '../../core/util/instant.js';
import { SessionDeletionService } from '../../orchestration/sessions/session-deletion.service.js';
import { SessionService } from '../../orchestration/sessions/session.service.js';
import { Caller, Scopes } from '../auth/access.decorator.js';
import { ApiExtraModels, ApiTags } from '../docs/document.decorator.js';
import { cursorOf, nextCursor } from '../dto/paging.js';
import { Idempotent } from '../idempotency/idempotency.interceptor.js';
import { messageBody, sessionBody } from './session-body.js';
import {
  CreateSessionDto,
  DeleteSessionDto,
  ListSessionsDto,
  MessagePageDto,
  RenameSessionDto,
  SearchDto,
  SpokenMessageDto,
  VoiceCallMessagesDto,
} from './session.dto.js';

/** The web app reads a session whole; of longer ones the newest, and all of it through the paged route. */
const WHOLE_SESSION = 5000;

/** Clients send ISO texts or milliseconds; anything else is not worth losing a call's messages for. */
function spokenAtOf(timestamp: unknown): string | null {
  if (typeof timestamp === 'string') return instantOf(timestamp)?.toISOString() ?? null;
  const date = new Date(typeof timestamp === 'number' ? timestamp : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

@ApiTags('Sessions')
@ApiExtraModels(SpokenMessageDto)
@Controller('v1')
export class SessionController {
  constructor(
    private readonly sessions: SessionService,
    private readonly deletions: SessionDeletionService,
  ) {}

  @Post(['sessions', 'chat/sessions'])
  @Scopes('chat:write')
  @Idempotent()
  async create(@Caller() { userId }: Principal, @Body() dto: CreateSessionDto) {
    return sessionBody(
      await this.sessions.create(userId, {
        ...(dto.personality_id && { personalityId: dto.personality_id }),
        ...(dto.title && { title: dto.title }),
      }),
    );
  }

  @Get(['sessions', 'chat/sessions'])
  @Scopes('chat:read')
  async list(@Caller() { userId }: Principal, @Query() dto: ListSessionsDto) {
    const { sort = 'last_message_at', order = 'desc', page = 1, page_size: size = 100 } = dto;
    const { sessions, total } = await this.sessions.list(userId, {
      sort,
      descending: order === 'desc',
      number: page,
      size,
    });
    return { sessions: sessions.map(sessionBody), total, page, page_size: size };
  }

  @Get(['sessions/:id', 'chat/sessions/:id'])
  @Scopes('chat:read')
  async get(@Caller() { userId }: Principal, @Param('id') id: string) {
    const [session, messages] = await Promise.all([
      this.sessions.get(id, userId),
      this.sessions.newestOf(id, userId, WHOLE_SESSION),
    ]);
    return { ...sessionBody(session), messages: messages.map(messageBody), total_messages: session.messageCount };
  }

  @Get(['sessions/:id/messages', 'chat/sessions/:id/messages'])
  @Scopes('chat:read')
  async messages(
    @Caller() { userId }: Principal,
    @Param('id') id: string,
    @Query() { limit = 100, cursor }: MessagePageDto,
  ) {
    const rows = await this.sessions.messagesOf(id, userId, limit, Number(cursor ?? 0));
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return { items: rows.map(messageBody), next_cursor: last ? String(last.seq) : null };
  }

  @Put('sessions/:id')
  @Scopes('chat:write')
  async rename(@Caller() { userId }: Principal, @Param('id') id: string, @Body() dto: RenameSessionDto) {
    return sessionBody(await this.sessions.rename(id, userId, dto.title));
  }

  @Delete(['sessions/:id', 'chat/sessions/:id'])
  @Scopes('chat:write')
  async delete(@Caller() caller: Principal, @Param('id') id: string, @Query() { forget }: DeleteSessionDto) {
    const message = 'The session has been deleted.';
    if (forget === 'true') {
      return { message, session_id: id, forgotten: await this.deletions.deleteAndForget(id, caller) };
    }
    await this.deletions.delete(id, caller);
    return { message, session_id: id };
  }

  @Post('chat/voice-call-messages')
  @Scopes('chat:write')
  @HttpCode(200)
  @Idempotent()
  async addSpoken(@Caller() { userId }: Principal, @Body() dto: VoiceCallMessagesDto) {
    const spoken = dto.messages.map(({ role, content, timestamp }) => ({
      role,
      content,
      spokenAt: spokenAtOf(timestamp),
    }));
    const saved = await this.sessions.addSpoken(dto.session_id, userId, spoken);
    return { message: 'The messages of the call have been saved.', saved_count: saved, session_id: dto.session_id };
  }

  @Get('messages/search')
  @Scopes('chat:read')
  async search(@Caller() { userId }: Principal, @Query() { q, limit = 50, cursor }: SearchDto) {
    const rows = await this.sessions.search(userId, q, limit, cursorOf(cursor));
    return {
      items: rows.map((row) => ({ ...messageBody(row), session_id: row.sessionId })),
      next_cursor: nextCursor(rows, limit),
    };
  }
}
