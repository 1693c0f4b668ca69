import type { FinishReason, ToolCall, Usage } from '../../core/domain/chat.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import { countMessageTokens, countTokens, countToolTokens, encodingOf } from '../../core/util/token-estimate.js';
import type { AiEvent, AiRequest } from '../../engines/ai/ai.port.js';

/** One answer of the model within a turn: what it said and what it called. */
export class ModelRound {
  text = '';
  refusal = '';
  finishReason: FinishReason | undefined;
  error: CozyError | undefined;
  /** No piece of an answer has come yet. */
  isUntouched = true;
  private readonly pieces = new Map<number, ToolCall>();
  private reported: Usage | null = null;

  constructor(readonly request: AiRequest) {}

  add(event: AiEvent): void {
    this.isUntouched &&= event.type === 'finish' || event.type === 'error';
    switch (event.type) {
      case 'text-delta':
        this.text += event.text;
        break;
      case 'refusal-delta':
        this.refusal += event.text;
        break;
      case 'tool-call-delta':
        this.addPiece(event);
        break;
      case 'finish':
        this.finishReason = event.reason;
        this.reported = event.usage;
        break;
      case 'error':
        this.error = event.error;
        break;
    }
  }

  /** Whole calls only, in order: an answer that broke off leaves none, as half an argument text is of no use. */
  get calls(): ToolCall[] {
    if (this.finishReason === undefined) return [];
    return [...this.pieces.entries()].toSorted(([a], [b]) => a - b).map(([, call]) => call);
  }

  /** The provider's own count, or ours where it gave none; nothing where the model was never heard of. */
  get usage(): Usage | undefined {
    if (this.reported) return this.reported;
    const calls = [...this.pieces.values()].map((call) => call.function.name + call.function.arguments).join('');
    const said = this.text + this.refusal + calls;
    if (said === '' && this.finishReason === undefined) return undefined;
    const { messages, tools = [], model } = this.request;
    const encoding = encodingOf(model);
    return {
      promptTokens: countMessageTokens(messages, encoding) + countToolTokens(tools, encoding),
      completionTokens: countTokens(said, encoding),
      estimated: true,
    };
  }

  private addPiece(event: Extract<AiEvent, { type: 'tool-call-delta' }>): void {
    const call = this.pieces.get(event.index) ?? {
      id: '',
      type: 'function' as const,
      function: { name: '', arguments: '' },
    };
    call.id ||= event.id ?? '';
    call.function.name ||= event.name ?? '';
    call.function.arguments += event.argumentsText ?? '';
    this.pieces.set(event.index, call);
  }
}
