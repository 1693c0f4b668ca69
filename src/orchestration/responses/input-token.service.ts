import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '../../core/domain/chat.js';
import { isUuid } from '../../core/util/ids.js';
import { countMessageTokens, countToolTokens, encodingOf } from '../../core/util/token-estimate.js';
import { ContextService } from '../../context/context.service.js';
import { asChatMessage } from '../chat/stored-messages.js';
import { ConversationService } from './conversation.service.js';
import { type ResponseCommand, ResponseService } from './response.service.js';

/** How long a request to the Responses API is. Nothing is asked and nothing is stored. */
@Injectable()
export class InputTokenService {
  constructor(
    private readonly responses: ResponseService,
    private readonly conversations: ConversationService,
    private readonly context: ContextService,
  ) {}

  /**
   * Tokens of the caller's own: instructions, what was said before, input and functions. What the personality and its
   * tools are told, and what is remembered, differs from turn to turn and is not among them.
   * Throws RESOURCE_NOT_FOUND where it goes on from what is not the caller's.
   */
  async count(wish: ResponseCommand): Promise<number> {
    const { model = '', options } = wish.chat;
    const encoding = encodingOf(model);
    const messages = await this.told(wish);
    const said = messages.length > 0 ? countMessageTokens(messages, encoding) : 0;
    return said + countToolTokens(options.tools ?? [], encoding);
  }

  private async told(wish: ResponseCommand): Promise<ChatMessage[]> {
    const { chat, conversationId = chat.sessionId } = wish;
    // A response that is not kept is given the past itself.
    const unkept = { ...chat, sessionId: undefined, store: false };
    const { command } = await this.responses.begin({ ...wish, conversationId: undefined, chat: unkept });
    if (!conversationId) return command.messages;
    const page = { from: null, descending: true, limit: this.context.recentMessages };
    const id = isUuid(conversationId) ? conversationId : undefined;
    const past = await this.conversations.messages(id, chat.principal.userId, page);
    return [...past.map((row) => asChatMessage(row)), ...command.messages];
  }
}
