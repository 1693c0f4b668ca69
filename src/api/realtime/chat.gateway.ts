import { UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { currentRequest } from '../../core/logging/request-context.js';
import { newId } from '../../core/util/ids.js';
import type { ChatCommand } from '../../orchestration/chat/chat-command.js';
import { SessionChangesService } from '../../orchestration/sessions/session-changes.service.js';
import { SessionService } from '../../orchestration/sessions/session.service.js';
import { Scopes } from '../auth/access.decorator.js';
import { Counted } from '../auth/rate-limit.guard.js';
import { DtoPipe } from '../dto/dto.pipe.js';
import { ChatCancelDto, ChatSendDto, ChatTypingDto } from './chat.dto.js';
import { type ClientNamespace, type ClientSocket, roomOf } from './client-socket.js';
import { MessageInterceptor } from './message.interceptor.js';
import { SocketDoor } from './socket-door.middleware.js';
import { SocketFilter } from './socket.filter.js';
import { SocketGuard } from './socket.guard.js';
import { SocketWatch } from './socket-watch.js';
import { SocketTurns, type StartedTurn } from './socket-turns.js';

const POLICY = { scopes: ['chat:read', 'chat:write'], messagesPerSecond: 20, maxText: 65_536 } as const;
/** Of the instances among themselves. */
const CANCEL = 'chat.cancel';

/** Chat for clients that keep a socket open: every event reaches all devices of the user. */
@WebSocketGateway({ namespace: 'chat' })
@UseGuards(SocketGuard)
@UseFilters(SocketFilter)
@UsePipes(new DtoPipe())
@UseInterceptors(MessageInterceptor)
export class ChatGateway implements OnGatewayInit<ClientNamespace> {
  @WebSocketServer() private readonly namespace: ClientNamespace;

  constructor(
    private readonly door: SocketDoor,
    private readonly watch: SocketWatch,
    private readonly turns: SocketTurns,
    private readonly sessions: SessionService,
    private readonly changes: SessionChangesService,
  ) {}

  afterInit(namespace: ClientNamespace): void {
    this.door.guard(namespace, POLICY);
    this.watch.closeAfter(() => this.turns.settled());
    namespace.on(CANCEL, (turnId: unknown, userId: unknown) => this.turns.cancel(String(turnId), String(userId)));
    this.changes.on(({ userId, sessionId }) => {
      namespace.local.to(roomOf(userId)).emit('session.updated', { session_id: sessionId });
    });
  }

  @SubscribeMessage('chat.send')
  @Counted()
  @Scopes('chat:write')
  send(@ConnectedSocket() socket: ClientSocket, @MessageBody() dto: ChatSendDto): Promise<StartedTurn> {
    const room = roomOf(socket.data.principal.userId);
    return this.turns.start(commandOf(dto, socket), (event, body) => this.namespace.to(room).emit(event, body));
  }

  @SubscribeMessage('chat.cancel')
  @Scopes('chat:write')
  cancel(@ConnectedSocket() socket: ClientSocket, @MessageBody() { turn_id }: ChatCancelDto): object {
    const { userId } = socket.data.principal;
    // The turn may run on another instance.
    if (!this.turns.cancel(turn_id, userId)) this.namespace.serverSideEmit(CANCEL, turn_id, userId);
    return { turn_id };
  }

  @SubscribeMessage('chat.typing')
  @Scopes('chat:write')
  async typing(@ConnectedSocket() socket: ClientSocket, @MessageBody() { session_id }: ChatTypingDto): Promise<object> {
    const { userId } = socket.data.principal;
    await this.sessions.get(session_id, userId);
    socket.to(roomOf(userId)).emit('chat.typing', { session_id });
    return { session_id };
  }
}

function commandOf(dto: ChatSendDto, { data }: ClientSocket): ChatCommand {
  const { session_id, personality_id, model, text, use_memory } = dto;
  return {
    requestId: currentRequest()?.request_id ?? newId(),
    principal: data.principal,
    model: model ?? undefined,
    messages: [{ role: 'user', content: text }],
    personalityId: personality_id ?? undefined,
    sessionId: session_id ?? undefined,
    store: true,
    allowedTools: undefined,
    personalize: use_memory !== false,
    options: {},
  };
}
