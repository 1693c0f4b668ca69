import type { FinishReason, ToolCall, Usage } from '../../core/domain/chat.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import { countMessageTokens, countTokens } from '../../core/util/token-estimate.js';
import type { AiEvent, AiRequest } from '../../engines/ai/ai.port.js';

/** An answer while it is being made. */
export class AnswerDraft {
  text = '';
  private refusal = '';
  private readonly calls = new Map<number, ToolCall>();
  finishReason: FinishReason | undefined;
  error: CozyError | undefined;
  private reported: Usage | null = null;

  /** Nothing has come yet. */
  isUntouched = true;

  add(event: AiEvent): void {
    this.isUntouched = false;
    switch (event.type) {
      case 'text-delta':
        this.text += event.text;
        break;
      case 'refusal-delta':
        this.refusal += event.text;
        break;
      case 'tool-call-delta':
        this.addToolCall(event);
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

  /** Whole calls only: a turn that broke off leaves none, as half an argument text is of no use. */
  get toolCalls(): ToolCall[] | null {
    if (this.calls.size === 0 || this.finishReason === undefined) return null;
    return [...this.calls.entries()].toSorted(([a], [b]) => a - b).map(([, call]) => call);
  }

  get content(): string | null {
    return this.text || this.refusal || null;
  }

  get isEmpty(): boolean {
    return this.content === null && this.toolCalls === null;
  }

  /** The provider's own count, or ours where it gave none. */
  usage(request: AiRequest): Usage {
    if (this.reported) return this.reported;
    const calls = [...this.calls.values()].map((call) => call.function.name + call.function.arguments).join('');
    return {
      promptTokens:
        countMessageTokens(request.messages) + (request.tools ? countTokens(JSON.stringify(request.tools)) : 0),
      completionTokens: countTokens(this.text + this.refusal + calls),
      estimated: true,
    };
  }

  private addToolCall(event: Extract<AiEvent, { type: 'tool-call-delta' }>): void {
    const call = this.calls.get(event.index) ?? {
      id: '',
      type: 'function' as const,
      function: { name: '', arguments: '' },
    };
    call.id ||= event.id ?? '';
    call.function.name ||= event.name ?? '';
    call.function.arguments += event.argumentsText ?? '';
    this.calls.set(event.index, call);
  }
}
