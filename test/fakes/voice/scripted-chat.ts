import type { CozyError } from '../../../src/core/errors/cozy.error.js';
import { textOf } from '../../../src/core/domain/chat.js';
import type { ChatCommand } from '../../../src/orchestration/chat/chat-command.js';
import type { ChatEvent, TurnMetadata } from '../../../src/orchestration/chat/chat-event.js';
import type { VirtualClock } from './virtual-clock.js';

/** What the model does in one turn: texts, pauses in milliseconds, tools by their names. */
export interface ScriptedAnswer {
  steps: (string | number | { tool: string; milliseconds: number })[];
  error?: CozyError;
  /** Thrown before the turn is accepted. */
  refusal?: Error;
  /** What storing the answer takes, and whether it fails. */
  saveMs?: number;
  saveError?: CozyError;
}

/** What a turn has left in the session. */
export interface KeptTurn {
  asked: string[];
  answer: string;
  interrupted: boolean;
}

const USAGE = { promptTokens: 10, completionTokens: 5, estimated: false };

/** Turns as the chat service runs them, with a script for a model and a list for a database. */
export class ScriptedChat {
  readonly commands: ChatCommand[] = [];
  readonly kept: KeptTurn[] = [];
  running = 0;
  mostRunning = 0;
  private readonly script: ScriptedAnswer[] = [];

  constructor(private readonly clock: VirtualClock) {}

  next(...answers: (ScriptedAnswer | string)[]): void {
    this.script.push(...answers.map((answer) => (typeof answer === 'string' ? { steps: [answer] } : answer)));
  }

  async *run(command: ChatCommand, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const answer = this.script.shift() ?? { steps: ['I see.'] };
    this.commands.push(command);
    if (answer.refusal) throw answer.refusal;
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      yield {
        type: 'start',
        turnId: 'chat',
        answerId: 'a',
        model: 'm',
        sessionId: command.sessionId ?? null,
        personalityId: 'p',
      };
      const said = yield* this.answer(answer, signal);
      await this.keep(command, answer, said, signal);
      const error = answer.error ?? answer.saveError;
      if (error) yield { type: 'error', error };
      else if (!signal.aborted)
        yield { type: 'finish', reason: 'stop', messageId: null, usage: USAGE, metadata: {} as TurnMetadata };
    } finally {
      this.running -= 1;
    }
  }

  private async *answer({ steps }: ScriptedAnswer, signal: AbortSignal): AsyncGenerator<ChatEvent, string> {
    let said = '';
    for (const step of steps) {
      if (signal.aborted) break;
      if (typeof step === 'number') await this.pause(step, signal);
      else if (typeof step === 'object') yield* this.tool(step, signal);
      else {
        said += step;
        yield { type: 'text-delta', text: step };
      }
    }
    return said;
  }

  private async keep(
    { spoken, messages }: ChatCommand,
    { error, saveMs }: ScriptedAnswer,
    said: string,
    signal: AbortSignal,
  ): Promise<void> {
    const heard = said.slice(0, await spoken?.delivered(error));
    if (saveMs) await this.clock.sleep(saveMs);
    const asked = messages.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
    this.kept.push({ asked, answer: heard, interrupted: signal.aborted || heard.length < said.length });
  }

  private async *tool(
    { tool: name, milliseconds }: { tool: string; milliseconds: number },
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent> {
    yield { type: 'tool-activity', callId: 'call_1', name, status: 'running' };
    await this.pause(milliseconds, signal);
    if (!signal.aborted) yield { type: 'tool-activity', callId: 'call_1', name, status: 'done' };
  }

  private pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(milliseconds, resolve);
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    });
  }
}
