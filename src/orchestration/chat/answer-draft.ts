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
  /** How much of the text arrived; all of it where undefined. */
  private kept: number | undefined;

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
    const whole = this.said || this.refused;
    return (this.kept === undefined ? whole : whole.slice(0, this.kept).trimEnd()) || null;
  }

  /** Only so many characters of the text arrived: nobody has heard the rest, and the model is not to think so. */
  keepOnly(length: number): void {
    if (length < (this.said || this.refused).trimEnd().length) this.kept = length;
  }

  /**
   * The answer broke off, and nothing of it was shown: its caller comes again with the same question, as OpenAI's SDKs do
   * by themselves, and is not to find it half answered. What tools have done stays known.
   */
  forgetUnseen(): void {
    if (this.finishReason === undefined && this.exchange === null) this.kept = 0;
  }

  /** The answer was cut short while it was given. */
  get isCut(): boolean {
    return this.kept !== undefined;
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
    const last = this.round.text || this.round.refusal;
    if (this.kept === undefined) return { rounds: this.toolRounds, text: last || null, beside: this.beside };
    const texts = cutInTurn([...this.toolRounds.map(({ content }) => content ?? ''), last], this.kept);
    const rounds = this.toolRounds.map((round, at) => ({ ...round, content: texts[at] || null }));
    return { rounds, text: texts.at(-1) || null, beside: this.beside };
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

/** The texts of the rounds where only so many characters of all together, paragraphs between them, are kept. */
function cutInTurn(texts: readonly string[], length: number): string[] {
  let left = length;
  let isFirst = true;
  return texts.map((text) => {
    if (text === '') return text;
    if (!isFirst) left = Math.max(0, left - PARAGRAPH.length);
    isFirst = false;
    const kept = text.slice(0, left);
    left -= kept.length;
    return kept.trimEnd();
  });
}
