import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { Logger } from '../../core/logging/logger.js';
import type { ChatCommand } from '../../orchestration/chat/chat-command.js';
import type { ChatEvent } from '../../orchestration/chat/chat-event.js';
import { ChatService } from '../../orchestration/chat/chat.service.js';
import { asCozyError } from '../errors/error-body.js';
import { usageBody } from '../openai/completion.js';
import { approvalBody } from '../tools/approval-body.js';
import { failureOf } from './client-socket.js';

export interface StartedTurn {
  turn_id: string;
  session_id: string | null;
}

/** Says something to all devices of the turn's user. */
type Say = (event: string, body: object) => void;

interface RunningTurn {
  userId: string;
  turnId: string | null;
  abort: AbortController;
}

const MOST_AT_ONCE = 8;

/** Chat turns whose answers travel as events. They go on when the device that began them is gone. */
@Injectable()
export class SocketTurns {
  private readonly running = new Set<RunningTurn>();
  private waiting: (() => void)[] = [];

  constructor(
    private readonly chat: ChatService,
    private readonly lifecycle: Lifecycle,
    private readonly logger: Logger,
  ) {}

  /** Resolves when no turn runs any more. */
  settled(): Promise<void> {
    return this.running.size === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when the turn is accepted. Throws a CozyError where it is not. */
  async start(command: ChatCommand, say: Say): Promise<StartedTurn> {
    if (this.lifecycle.draining) throw new CozyError('INTERNAL_SHUTTING_DOWN');
    const { userId } = command.principal;
    const own = [...this.running].filter((turn) => turn.userId === userId);
    if (own.length >= MOST_AT_ONCE) throw new CozyError('RATE_LIMIT_EXCEEDED', { message: TOO_MANY });
    const turn: RunningTurn = { userId, turnId: null, abort: new AbortController() };
    this.running.add(turn);
    try {
      const events = this.chat.run(command, turn.abort.signal);
      const first = await events.next();
      if (first.done || first.value.type !== 'start') throw new CozyError('INTERNAL_SHUTTING_DOWN');
      turn.turnId = first.value.turnId;
      const started = { turn_id: first.value.turnId, session_id: first.value.sessionId };
      say('chat.started', started);
      void this.follow(events, started, say, turn);
      return started;
    } catch (error) {
      this.end(turn);
      throw error;
    }
  }

  /** False where no such turn of the user runs on this instance. */
  cancel(turnId: string, userId: string): boolean {
    const found = [...this.running].find((turn) => turn.turnId === turnId && turn.userId === userId);
    found?.abort.abort();
    return found !== undefined;
  }

  private end(turn: RunningTurn): void {
    this.running.delete(turn);
    if (this.running.size > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private async follow(
    events: AsyncGenerator<ChatEvent>,
    { turn_id, session_id }: StartedTurn,
    say: Say,
    turn: RunningTurn,
  ): Promise<void> {
    const release = this.lifecycle.onEndOfGrace(() => turn.abort.abort());
    let ended = false;
    try {
      for await (const event of events) {
        ended ||= event.type === 'finish' || event.type === 'error';
        tellOf(event, { turn_id, session_id }, say);
      }
      if (!ended) say('chat.done', { turn_id, session_id, message_id: null, finish_reason: 'cancelled' });
    } catch (thrown) {
      const error = asCozyError(thrown);
      this.logger.error('A chat turn ended unexpectedly', { turn_id }, thrown);
      say('chat.error', { turn_id, session_id, error: failureOf(error) });
    } finally {
      release();
      this.end(turn);
    }
  }
}

const TOO_MANY = `At most ${MOST_AT_ONCE} answers may be made for you at once. Wait for one of them.`;

function tellOf(event: ChatEvent, turn: StartedTurn, say: Say): void {
  switch (event.type) {
    case 'text-delta':
    case 'refusal-delta':
      return say('chat.delta', { ...turn, text: event.text });
    case 'approval-required':
      return say('chat.approval', { ...turn, approval: approvalBody(event.approval) });
    case 'finish': {
      const { reason, usage, messageId, metadata } = event;
      return say('chat.done', {
        ...turn,
        message_id: messageId,
        finish_reason: reason,
        usage: usageBody(usage),
        metadata,
      });
    }
    case 'error':
      return say('chat.error', { ...turn, error: failureOf(event.error) });
    case 'start':
    case 'tool-call-delta':
      return undefined;
  }
}
