import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '../../core/domain/chat.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { newId } from '../../core/util/ids.js';
import type { MessageRow } from '../../storage/messages/message.repository.js';
import { TurnRepository } from '../../storage/messages/turn.repository.js';
import { ConversationRepository, type ConversationRow } from '../../storage/sessions/conversation.repository.js';
import { asNewMessage } from '../chat/stored-messages.js';
import { PersonalityService } from '../personalities/personality.service.js';
import { SessionDeletionService } from '../sessions/session-deletion.service.js';

export interface MessagePage {
  /** The message to begin with; null for the first of the order. */
  from: string | null;
  descending: boolean;
  limit: number;
}

const unknownConversation = () => new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such conversation.' });
const unknownItem = () => new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such item.' });

/** Sessions as callers of the Conversations API know them. Ids are undefined where they are none of this server's. */
@Injectable()
export class ConversationService {
  constructor(
    private readonly conversations: ConversationRepository,
    private readonly turns: TurnRepository,
    private readonly personalities: PersonalityService,
    private readonly deletions: SessionDeletionService,
  ) {}

  async create(
    { userId }: Principal,
    wish: { personalityId: string | undefined; metadata: object; messages: ChatMessage[] },
  ): Promise<ConversationRow> {
    const { personalityId, metadata, messages } = wish;
    const personality = personalityId ? this.personalities.get(personalityId) : this.personalities.default;
    const id = newId();
    await this.conversations.create(id, userId, personality.id, metadata);
    if (messages.length > 0) await this.append(id, userId, messages);
    return this.get(id, userId);
  }

  async get(id: string | undefined, userId: string): Promise<ConversationRow> {
    return found(id === undefined ? undefined : await this.conversations.find(id, userId));
  }

  async update(id: string | undefined, userId: string, metadata: object): Promise<ConversationRow> {
    return found(id === undefined ? undefined : await this.conversations.update(id, userId, metadata));
  }

  /** Soft, as any session's. */
  async delete(id: string | undefined, principal: Principal): Promise<void> {
    await this.deletions.delete((await this.get(id, principal.userId)).id, principal);
  }

  async messages(id: string | undefined, userId: string, page: MessagePage): Promise<MessageRow[]> {
    const conversation = await this.get(id, userId);
    return this.conversations.messages({ id: conversation.id, userId }, page);
  }

  async message(id: string | undefined, userId: string, messageId: string | undefined): Promise<MessageRow> {
    const conversation = await this.get(id, userId);
    const key = { id: conversation.id, userId };
    const row = messageId === undefined ? undefined : await this.conversations.message(key, messageId);
    if (!row) throw unknownItem();
    return row;
  }

  /** As they were stored, in order. */
  async add(id: string | undefined, userId: string, messages: ChatMessage[]): Promise<MessageRow[]> {
    const conversation = await this.get(id, userId);
    const ids = await this.append(conversation.id, userId, messages);
    const page = { from: ids[0] ?? null, descending: false, limit: ids.length };
    return this.conversations.messages({ id: conversation.id, userId }, page);
  }

  async deleteMessage(id: string | undefined, userId: string, messageId: string | undefined): Promise<ConversationRow> {
    const conversation = await this.get(id, userId);
    const key = { id: conversation.id, userId };
    if (messageId === undefined || !(await this.conversations.deleteMessage(key, messageId))) throw unknownItem();
    return conversation;
  }

  private async append(sessionId: string, userId: string, messages: ChatMessage[]): Promise<string[]> {
    const rows = messages.map((message) => asNewMessage(message, {}));
    if (!(await this.turns.append({ sessionId, userId, turnId: newId() }, rows))) throw unknownConversation();
    return rows.map(({ id }) => id);
  }
}

function found(row: ConversationRow | undefined): ConversationRow {
  if (!row) throw unknownConversation();
  return row;
}
