import { Injectable } from '@nestjs/common';
import type { ChatCommand } from '../chat/chat-command.js';
import type { ChatEvent } from '../chat/chat-event.js';
import { ChatService } from '../chat/chat.service.js';
import { LegacyChatService } from './legacy-chat.service.js';

/** Turns that an earlier server may be the model of. */
@Injectable()
export class RoutedTurnService {
  constructor(
    private readonly legacy: LegacyChatService,
    private readonly chat: ChatService,
  ) {}

  /** As `ChatService.run`. */
  async *run(command: ChatCommand, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    yield* this.chat.run(await this.legacy.routeTurn(command), signal);
  }
}
