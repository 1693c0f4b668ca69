import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Principal } from '../../../core/domain/principal.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { ConversationService } from '../../../orchestration/responses/conversation.service.js';
import { Caller, Scopes } from '../../auth/access.decorator.js';
import { ApiTags } from '../../docs/document.decorator.js';
import { Idempotent } from '../../idempotency/idempotency.interceptor.js';
import { cozyFields } from '../chat-request.js';
import { asMessages, readInput } from './input-items.js';
import { readWireId, uuidOf, wireId } from './item-ids.js';
import { listBody } from './item-page.js';
import { itemsOf } from './message-items.js';
import { readMetadata } from './response-request.js';
import { CreateConversationDto, CreateItemsDto, ListItemsDto, UpdateConversationDto } from './responses.dto.js';

const USUAL_LIMIT = 20;
const MOST_AT_ONCE = 20;

type Conversation = Awaited<ReturnType<ConversationService['get']>>;

const body = ({ id, createdAt, metadata }: Conversation) => ({
  id: wireId('conv', id),
  object: 'conversation' as const,
  created_at: Math.floor(createdAt.getTime() / 1000),
  metadata,
});

const idOf = (id: string) => uuidOf('conv', id);

function readItems(items: unknown) {
  const read = readInput(items, 'items', new Map());
  if (typeof items !== 'string' && read.length <= MOST_AT_ONCE) return asMessages(read);
  throw new CozyError('VALIDATION_FAILED', {
    message: `items must be a list of at most ${MOST_AT_ONCE} items.`,
    param: 'items',
  });
}

@ApiTags('OpenAI')
@Controller('v1/conversations')
export class ConversationController {
  constructor(private readonly conversations: ConversationService) {}

  @Post()
  @Scopes('chat:write')
  @HttpCode(200)
  @Idempotent()
  async create(@Body() dto: CreateConversationDto, @Caller() principal: Principal) {
    const wish = {
      personalityId: cozyFields(dto).personality_id || undefined,
      metadata: readMetadata(dto.metadata ?? {}),
      messages: dto.items === undefined || dto.items === null ? [] : readItems(dto.items),
    };
    return body(await this.conversations.create(principal, wish));
  }

  @Get(':id')
  @Scopes('chat:read', 'chat:write')
  async get(@Param('id') id: string, @Caller() { userId }: Principal) {
    return body(await this.conversations.get(idOf(id), userId));
  }

  @Post(':id')
  @Scopes('chat:write')
  @HttpCode(200)
  async update(@Param('id') id: string, @Body() dto: UpdateConversationDto, @Caller() { userId }: Principal) {
    return body(await this.conversations.update(idOf(id), userId, readMetadata(dto.metadata ?? {})));
  }

  @Delete(':id')
  @Scopes('chat:write')
  async delete(@Param('id') id: string, @Caller() principal: Principal) {
    await this.conversations.delete(idOf(id), principal);
    return { id, object: 'conversation.deleted' as const, deleted: true };
  }

  @Get(':id/items')
  @Scopes('chat:read', 'chat:write')
  async items(@Param('id') id: string, @Query() query: ListItemsDto, @Caller() { userId }: Principal) {
    const { limit = USUAL_LIMIT, order = 'desc', after } = query;
    const from = after ? await this.messageIdOf(id, after, userId) : null;
    const descending = order === 'desc';
    // One message more than there may be items: it tells whether there are more, and `after` may be the first one.
    const rows = await this.conversations.messages(idOf(id), userId, { from, descending, limit: limit + 2 });
    const items = rows.flatMap((row) => (descending ? itemsOf(row).toReversed() : itemsOf(row)));
    const start = after ? items.findIndex((item) => item.id === after) + 1 : 0;
    const isWhole = rows.length < limit + 2 && items.length <= start + limit;
    return listBody(items.slice(start, start + limit), !isWhole);
  }

  @Post(':id/items')
  @Scopes('chat:write')
  @HttpCode(200)
  @Idempotent()
  async addItems(@Param('id') id: string, @Body() dto: CreateItemsDto, @Caller() { userId }: Principal) {
    const rows = await this.conversations.add(idOf(id), userId, readItems(dto.items));
    return listBody(rows.flatMap(itemsOf), false);
  }

  @Get(':id/items/:itemId')
  @Scopes('chat:read', 'chat:write')
  async item(@Param('id') id: string, @Param('itemId') itemId: string, @Caller() { userId }: Principal) {
    const row = await this.conversations.message(idOf(id), userId, readWireId(itemId)?.uuid);
    const item = itemsOf(row).find((candidate) => candidate.id === itemId);
    if (!item) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such item.' });
    return item;
  }

  /** An item goes with the message that it is part of. */
  @Delete(':id/items/:itemId')
  @Scopes('chat:write')
  async deleteItem(@Param('id') id: string, @Param('itemId') itemId: string, @Caller() { userId }: Principal) {
    return body(await this.conversations.deleteMessage(idOf(id), userId, readWireId(itemId)?.uuid));
  }

  private async messageIdOf(id: string, itemId: string, userId: string): Promise<string> {
    return (await this.conversations.message(idOf(id), userId, readWireId(itemId)?.uuid)).id;
  }
}
