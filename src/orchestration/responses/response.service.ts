import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '../../core/domain/chat.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { newId } from '../../core/util/ids.js';
import { MessageRepository, type MessageRow } from '../../storage/messages/message.repository.js';
import { TurnRepository } from '../../storage/messages/turn.repository.js';
import { ResponseRepository } from '../../storage/responses/response.repository.js';
import { SessionRepository } from '../../storage/sessions/session.repository.js';
import type { ChatCommand } from '../chat/chat-command.js';
import { splitSystem } from '../chat/new-messages.js';
import { asChatMessage, asNewMessage } from '../chat/stored-messages.js';
import { SessionDeletionService } from '../sessions/session-deletion.service.js';

/** A turn as a caller of the Responses API asks for it. */
export interface ResponseCommand {
  /** Its messages are the input's alone. */
  chat: ChatCommand;
  /** The turn of the response that it goes on from. */
  previousId: string | undefined;
  /** The session at whose end it goes on. */
  conversationId: string | undefined;
  /** Told to the model this once: they do not hold for what follows. */
  instructions: string | undefined;
  /** The input's items, as they are to be listed. */
  input: object[];
}

/** A response that is about to be made. */
export interface BegunResponse {
  command: ChatCommand;
  /** What is kept beside the answer; null where nothing is. */
  keeping: { makesSession: boolean; system: ChatMessage[]; input: object[] } | null;
}

/** As much of a conversation as is read for a response that is not kept. */
const MOST_OF_HISTORY = 2000;

const unknownResponse = (param?: string) =>
  new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such response.', ...(param && { param }) });

/** Answers that go on from each other by their ids. What is said is in sessions, as with every other protocol. */
@Injectable()
export class ResponseService {
  constructor(
    private readonly responses: ResponseRepository,
    private readonly messages: MessageRepository,
    private readonly sessions: SessionRepository,
    private readonly turns: TurnRepository,
    private readonly deletions: SessionDeletionService,
  ) {}

  /** The chat turn behind it: which session it goes on in, where, and what its model is told. */
  async begin(wish: ResponseCommand): Promise<BegunResponse> {
    const { chat, previousId, conversationId, input } = wish;
    const { system, conversation } = splitSystem(chat.messages);
    if (previousId) return this.goOn(wish, system, conversation);
    if (conversationId) return this.addTo(conversationId, wish, system, conversation);
    const command = { ...chat, messages: [...instructed(wish), ...chat.messages] };
    return { command, keeping: chat.store ? { makesSession: !chat.sessionId, system, input } : null };
  }

  /** System messages become part of a conversation, in their place; turns alone would not keep them. */
  private async addTo(
    sessionId: string,
    wish: ResponseCommand,
    own: ChatMessage[],
    said: ChatMessage[],
  ): Promise<BegunResponse> {
    const { chat, input } = wish;
    const { userId } = chat.principal;
    const rows = own.map((message) => asNewMessage(message, { request_id: chat.requestId }));
    const isThere =
      rows.length > 0
        ? await this.turns.append({ sessionId, userId, turnId: newId() }, rows)
        : (await this.sessions.find(sessionId, userId)) !== undefined;
    if (!isThere) {
      throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such conversation.', param: 'conversation' });
    }
    const command = { ...chat, messages: [...instructed(wish), ...said], sessionId, goesOnAfter: null };
    return { command, keeping: chat.store ? { makesSession: false, system: [], input } : null };
  }

  private async goOn(wish: ResponseCommand, own: ChatMessage[], said: ChatMessage[]): Promise<BegunResponse> {
    const { chat, previousId = '', input } = wish;
    const { userId } = chat.principal;
    const place = await this.responses.place(previousId, userId);
    if (!place) throw unknownResponse('previous_response_id');
    const { sessionId, seq, makesSession } = place;
    const system = [...place.system, ...own];
    const told = [...instructed(wish), ...system];
    if (!chat.store) {
      const past = await this.past(sessionId, userId, seq);
      return { command: { ...chat, messages: [...told, ...past, ...said] }, keeping: null };
    }
    const command = { ...chat, messages: [...told, ...said], sessionId, goesOnAfter: seq };
    return { command, keeping: { makesSession, system, input } };
  }

  private async past(sessionId: string, userId: string, upTo: number): Promise<ChatMessage[]> {
    const after = Math.max(0, upTo - MOST_OF_HISTORY);
    const rows = await this.messages.list(sessionId, userId, MOST_OF_HISTORY, after);
    return rows.filter((row) => row.seq <= upTo).map((row) => asChatMessage(row));
  }

  /** Before the answer is told to be whole. An answer whose session has been deleted meanwhile is not kept. */
  async keep(
    { command, keeping }: BegunResponse,
    turn: { id: string; sessionId: string | null },
    body: object,
  ): Promise<void> {
    if (!keeping || turn.sessionId === null) return;
    const { userId } = command.principal;
    await this.responses.save({ ...keeping, id: turn.id, userId, sessionId: turn.sessionId, body });
  }

  async get(id: string | undefined, { userId }: Principal): Promise<Record<string, unknown>> {
    const body = id === undefined ? undefined : await this.responses.body(id, userId);
    if (!body) throw unknownResponse();
    return body;
  }

  async inputOf(id: string | undefined, { userId }: Principal): Promise<object[]> {
    const input = id === undefined ? undefined : await this.responses.input(id, userId);
    if (!input) throw unknownResponse();
    return input;
  }

  /** The words go with it where no other response builds on them and the caller has named no conversation for them. */
  async delete(id: string | undefined, principal: Principal): Promise<void> {
    const gone = id === undefined ? undefined : await this.responses.delete(id, principal.userId);
    if (!gone) throw unknownResponse();
    if (gone.orphanId !== null) await this.deletions.delete(gone.orphanId, principal);
  }

  /** Own messages, by id. */
  async messagesById(ids: readonly string[], { userId }: Principal): Promise<MessageRow[]> {
    return ids.length === 0 ? [] : this.messages.byIds(userId, ids);
  }
}

const instructed = ({ instructions }: ResponseCommand): ChatMessage[] =>
  instructions ? [{ role: 'system', content: instructions }] : [];
