import type { ChatMessage, ToolCall, ToolDefinition, ToolRound } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { AiEvent, AiRequest } from '../../engines/ai/ai.port.js';
import { EventQueue } from '../../core/util/event-queue.js';
import type { ToolApproval } from '../../storage/tools/tool-approval.repository.js';
import type { ToolOutcome, ToolRequest } from '../tools/tool-outcome.js';
import type { AnswerDraft } from './answer-draft.js';
import { CallerCalls } from './caller-calls.js';
import type { ChatEvent, ToolStatus } from './chat-event.js';
import type { ModelRound } from './model-round.js';
import { roundMessages } from './tool-exchange.js';
import { resultText } from './tool-result.js';

/** More calls at once than this are not run: the model is told to ask again. */
const MOST_CALLS = 16;

export interface LoopSetup {
  /** Names of this server's tools that the model was offered. */
  offered: ReadonlySet<string>;
  /** Names of the caller's own functions. */
  callers: ReadonlySet<string>;
  maxRounds: number;
  /** Tokens that one result may fill, and all of a turn together. */
  resultTokens: number;
  turnTokens: () => number;
  /** Milliseconds after which the model is asked for its answer, without tools. */
  turnMs: number;
  /** Never throws; an aborted signal ends it soon. */
  runTool: (
    request: ToolRequest,
    announce: (approval: ToolApproval) => void,
    signal: AbortSignal,
  ) => Promise<ToolOutcome>;
  /** The model has refused to be offered tools at all. */
  noteUnsupported: () => void;
  /** The messages that fit the model's window when these are added. */
  fit: (added: ChatMessage[]) => ChatMessage[];
}

/**
 * The rounds of one turn. The model is asked; its calls of this server's tools are run and it is asked again, until it
 * answers, calls a function of the caller's own, or has gone back too often: then once more without tools.
 */
export class ToolLoop {
  /** Whether the model is to be asked (again) with `draft.round.request`. */
  goesOn = true;
  private callerCalls: CallerCalls;
  private readonly passesAll: boolean;
  private readonly added: ChatMessage[] = [];
  private rounds = 0;
  /** Undefined until tools have run: it costs a count of tokens. */
  private tokensLeft: number | undefined;
  private readonly endsAt: number;
  private triedWithout = false;
  /** The model has gone back often enough: what it calls now is not run. */
  private isLast = false;
  /** What the last request, which has no tools, was stripped of. */
  private toolsBefore: ToolDefinition[] | undefined;

  constructor(
    private readonly draft: AnswerDraft,
    private readonly setup: LoopSetup,
  ) {
    this.callerCalls = this.freshCalls();
    // Where the server offers nothing, calls are the caller's business, those of unknown functions too.
    this.passesAll = setup.offered.size === 0 && setup.callers.size > 0;
    this.endsAt = performance.now() + setup.turnMs;
  }

  /** Takes up an event of the model; returns what the caller is to see of it. */
  see(event: AiEvent): ChatEvent | undefined {
    const text = this.draft.add(event);
    switch (event.type) {
      case 'text-delta':
        return text === event.text ? event : { type: 'text-delta', text };
      case 'refusal-delta':
        return event;
      case 'tool-call-delta':
        return this.passesAll ? event : this.callerCalls.see(event);
      case 'finish':
      case 'error':
        return undefined;
    }
  }

  /** What follows when the model has ended its round. Yields which tools run, and what waits for somebody's approval. */
  async *next(signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const { round } = this.draft;
    this.goesOn = false;
    if (round.finishReason === undefined) return this.afterFailure(round);
    if (this.triedWithout) this.setup.noteUnsupported();
    const { calls } = round;
    const callers = this.passesAll ? calls : calls.filter((call) => this.isCallers(call.function.name));
    const own = calls.filter((call) => !callers.includes(call));
    const wantsTools = round.finishReason === 'tool_calls' && own.length > 0;
    if (!wantsTools) return this.draft.settle(round.finishReason, callers);
    if (this.isLast) return this.draft.settle(callers.length > 0 ? 'tool_calls' : 'stop', callers);
    this.rounds++;
    const outcomes = yield* this.runAll(own, signal);
    this.finishRound(own, callers, outcomes, signal.aborted);
  }

  /** The server's tools are an extra: a model that cannot use any still answers. The caller's own are not. */
  private goOnWithoutTools(request: AiRequest): void {
    if (this.setup.callers.size > 0 || this.rounds > 0 || !request.tools) return;
    this.triedWithout = true;
    this.draft.next(withoutTools(request));
    this.goesOn = true;
  }

  private afterFailure({ error, request }: ModelRound): void {
    if (error?.code === 'ENGINE_TOOLS_UNSUPPORTED') this.goOnWithoutTools(request);
    // Some providers want to be told of the tools where the conversation has calls of them.
    const lacksTools = error?.code === 'ENGINE_REQUEST_REJECTED' && this.rounds > 0 && !request.tools;
    if (!lacksTools || !this.toolsBefore) return;
    this.draft.next({ ...request, tools: this.toolsBefore, toolChoice: 'none' });
    this.toolsBefore = undefined;
    this.goesOn = true;
  }

  /** After an abort what was done is kept, so that the next turn knows of it; nothing goes on. */
  private finishRound(own: ToolCall[], callers: ToolCall[], outcomes: ToolOutcome[], aborted: boolean): void {
    const { round } = this.draft;
    const results = this.cut(outcomes);
    const done: ToolRound = { content: round.text || null, calls: own, results };
    this.draft.executedTools.push(...outcomes.filter(hasRun).map(({ name }) => name));
    this.draft.records.push(...outcomes.map(({ recorded }) => recorded));
    if (callers.length > 0 && !aborted) {
      this.draft.keepBeside(done);
      return this.draft.settle('tool_calls', callers);
    }
    this.added.push(...roundMessages(done));
    this.draft.keepRound(done, this.nextRequest(round.request));
    this.callerCalls = this.freshCalls();
    this.goesOn = !aborted;
  }

  /** The choice of a tool was for the first round: kept up, it would never end. */
  private nextRequest({ toolChoice: _choice, ...request }: AiRequest): AiRequest {
    const next: AiRequest = { ...request, messages: this.setup.fit(this.added) };
    if (this.rounds < this.setup.maxRounds && performance.now() < this.endsAt) return next;
    this.isLast = true;
    this.toolsBefore = next.tools;
    return withoutTools(next);
  }

  /** All calls at once, their outcomes in order. */
  private async *runAll(calls: ToolCall[], signal: AbortSignal): AsyncGenerator<ChatEvent, ToolOutcome[]> {
    const news = new EventQueue<ChatEvent>();
    const announce = (approval: ToolApproval) => news.push({ type: 'approval-required', approval });
    const running = calls.map(async (call, at) => {
      news.push(activity(call, 'running'));
      const outcome = await this.runOne(call, at, announce, signal);
      news.push(activity(call, outcome.error ? 'failed' : 'done'));
      return outcome;
    });
    const outcomes = Promise.all(running).finally(() => news.end());
    yield* news;
    return outcomes;
  }

  private async runOne(
    { id, function: { name, arguments: text } }: ToolCall,
    at: number,
    announce: (approval: ToolApproval) => void,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    if (at < MOST_CALLS) return this.setup.runTool({ id, name, arguments: text }, announce, signal);
    const error = new CozyError('TOOL_RATE_LIMITED', { message: `At most ${MOST_CALLS} calls at once are run.` });
    return { name, result: undefined, error, milliseconds: 0, recorded: Promise.resolve() };
  }

  private cut(outcomes: readonly ToolOutcome[]): string[] {
    let left = this.tokensLeft ?? this.setup.turnTokens();
    const texts = outcomes.map((outcome, at) => {
      const share = Math.floor(left / (outcomes.length - at));
      const { text, tokens } = resultText(outcome, Math.min(this.setup.resultTokens, share));
      left = Math.max(0, left - tokens);
      return text;
    });
    this.tokensLeft = left;
    return texts;
  }

  /** Each round numbers its calls from nought. */
  private freshCalls(): CallerCalls {
    return new CallerCalls((name) => this.isCallers(name));
  }

  private isCallers(name: string): boolean {
    return this.setup.callers.has(name) && !this.setup.offered.has(name);
  }
}

const activity = ({ id, function: { name } }: ToolCall, status: ToolStatus): ChatEvent => ({
  type: 'tool-activity',
  callId: id,
  name,
  status,
});

/** Refused calls have not. */
const hasRun = ({ error }: ToolOutcome) => error === undefined || error.row.status >= 500;

function withoutTools({ tools: _t, toolChoice: _c, parallelToolCalls: _p, ...request }: AiRequest): AiRequest {
  return request;
}
