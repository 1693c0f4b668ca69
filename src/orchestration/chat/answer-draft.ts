import type { FinishReason, ToolCall, ToolExchange, ToolRound, Usage } from '../../core/domain/chat.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import { newId } from '../../core/util/ids.js';
import type { AiEvent, AiRequest } from '../../engines/ai/ai.port.js';
import { ModelRound } from './model-round.js';

const NO_USAGE: Usage = { promptTokens: 0, completionTokens: 0, estimated: true };
/** Between what the model says before its tools and what it says after them. */
const PARAGRAPH = '\n\n';

/** A turn's answer while it is being made, over all rounds with tools. */
export class AnswerDraft {
  /** Of the message that the answer becomes, where it is stored. */
  readonly messageId = newId();
  /** Undefined until the answer is whole. */
  finishReason: FinishReason | undefined;
  /** Calls that the caller is to run. */
  callerCalls: ToolCall[] = [];
  /** Names of this server's tools that were called, in order. */
  readonly executedTools: string[] = [];
  /** What must be on record before the turn is acknowledged. */
  readonly records: Promise<unknown>[] = [];
  private said = '';
  private refused = '';
  private readonly done: ModelRound[] = [];
  private readonly toolRounds: ToolRound[] = [];
  private beside: ToolRound | null = null;

  constructor(public round: ModelRound) {}

  /** Takes up an event of the model; returns what of a text the caller is to see. */
  add(event: AiEvent): string {
    this.round.add(event);
    if (event.type === 'refusal-delta') this.refused += event.text;
    if (event.type !== 'text-delta') return '';
    const apart = this.said !== '' && this.round.text === event.text ? PARAGRAPH : '';
    this.said += apart + event.text;
    return apart + event.text;
  }

  /** No piece of an answer has come yet. */
  get isUntouched(): boolean {
    return this.round.isUntouched && this.done.every(({ isUntouched }) => isUntouched);
  }

  get error(): CozyError | undefined {
    return this.round.error;
  }

  get content(): string | null {
    return this.said || this.refused || null;
  }

  /** Calls that the caller is to run; null where there are none. */
  get toolCalls(): ToolCall[] | null {
    return this.callerCalls.length > 0 ? this.callerCalls : null;
  }

  get isEmpty(): boolean {
    return this.content === null && this.toolCalls === null && this.exchange === null;
  }

  get exchange(): ToolExchange | null {
    if (this.toolRounds.length === 0 && this.beside === null) return null;
    return { rounds: this.toolRounds, text: this.round.text || this.round.refusal || null, beside: this.beside };
  }

  /** The answer is whole. */
  settle(reason: FinishReason, callerCalls: ToolCall[] = []): void {
    this.finishReason = reason;
    this.callerCalls = callerCalls;
  }

  /** The model has been given the results of a round, and is asked again. */
  keepRound(round: ToolRound, next: AiRequest): void {
    this.toolRounds.push(round);
    this.next(next);
  }

  /** Results of this server's tools that were called beside the caller's own. */
  keepBeside(round: ToolRound): void {
    this.beside = { ...round, content: null };
  }

  /** The model is asked again. */
  next(request: AiRequest): void {
    this.done.push(this.round);
    this.round = new ModelRound(request);
  }

  /** Of all rounds together. */
  get usage(): Usage {
    const usages = [...this.done, this.round].flatMap(({ usage }) => usage ?? []);
    const [first, ...others] = usages;
    if (!first) return NO_USAGE;
    if (others.length === 0) return first;
    return {
      promptTokens: usages.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
      completionTokens: usages.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
      estimated: usages.some(({ estimated }) => estimated),
    };
  }
}
