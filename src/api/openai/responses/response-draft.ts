import type {
  Response,
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseStreamEvent,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import type { FinishReason, Usage } from '../../../core/domain/chat.js';
import type { CozyError } from '../../../core/errors/cozy.error.js';
import type { ChatEvent, TurnMetadata } from '../../../orchestration/chat/chat-event.js';
import { approvalBody } from '../../tools/approval-body.js';
import { outputText } from './input-content.js';
import { wireId } from './item-ids.js';
import type { ResponseEcho } from './response-request.js';

type WithoutNumber<Event> = Event extends unknown ? Omit<Event, 'sequence_number'> : never;
type ApprovalEvent = { type: 'cozy.approval_required'; approval: ReturnType<typeof approvalBody> };
export type DraftEvent = WithoutNumber<ResponseStreamEvent> | ApprovalEvent;
export type ResponseBody = Omit<Response, 'output_text'> & { cozy: object };

type Start = Extract<ChatEvent, { type: 'start' }>;
type Finish = Extract<ChatEvent, { type: 'finish' }>;
type CallDelta = Extract<ChatEvent, { type: 'tool-call-delta' }>;
type Content = ResponseOutputMessage['content'][number];

/** `output_text` is what SDKs add to it themselves. */
const asSent = (body: ResponseBody) => body as unknown as Response;

const seconds = () => Math.floor(Date.now() / 1000);
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

function usageBody(usage: Usage): ResponseUsage & { estimated?: true } {
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: {
      cached_tokens: count(usage.promptDetails?.['cached_tokens']),
      cache_write_tokens: count(usage.promptDetails?.['cache_write_tokens']),
    },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: count(usage.completionDetails?.['reasoning_tokens']) },
    total_tokens: usage.promptTokens + usage.completionTokens,
    ...(usage.estimated && { estimated: true as const }),
  };
}

const INCOMPLETE: Partial<Record<FinishReason, 'max_output_tokens' | 'content_filter'>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

/** An answer of the Responses API while it is being made: what each piece of a turn adds, and what is told of it. */
export class ResponseDraft {
  readonly id: string;
  private readonly output: ResponseOutputItem[] = [];
  private readonly head: ResponseBody;
  private messages = 0;
  private calls = 0;
  /** The caller's own number of the call that is being made. */
  private callIndex: number | undefined;

  constructor(
    private readonly start: Start,
    echo: ResponseEcho,
    private readonly facts: { requestId: string; ignoredTools: string[] },
  ) {
    this.id = wireId('resp', start.turnId);
    // What is repeated is the caller's own, in the shapes that it came in.
    const repeated = echo as unknown as Pick<Response, 'tool_choice' | 'tools' | 'text' | 'reasoning' | 'metadata'>;
    this.head = {
      id: this.id,
      object: 'response',
      created_at: seconds(),
      status: 'in_progress',
      background: false,
      completed_at: null,
      error: null,
      incomplete_details: null,
      model: start.model,
      output: [],
      service_tier: 'default',
      truncation: 'disabled',
      top_logprobs: 0,
      ...echo,
      ...repeated,
      user: echo.user ?? undefined,
      cozy: this.cozy({ personality_id: start.personalityId }),
    } as ResponseBody;
  }

  begin(): DraftEvent[] {
    return [
      { type: 'response.created', response: asSent(this.head) },
      { type: 'response.in_progress', response: asSent(this.head) },
    ];
  }

  /** Nothing for what callers of the protocol do not see. */
  add(event: ChatEvent): DraftEvent[] {
    switch (event.type) {
      case 'text-delta':
        return this.say('output_text', event.text);
      case 'refusal-delta':
        return this.say('refusal', event.text);
      case 'tool-call-delta':
        return this.call(event);
      case 'approval-required':
        return [{ type: 'cozy.approval_required', approval: approvalBody(event.approval) }];
      case 'start':
      case 'tool-activity':
      case 'finish':
      case 'error':
        return [];
    }
  }

  /** The last events, the whole answer in the very last one. */
  finish({ reason, usage, metadata }: Finish): { events: DraftEvent[]; body: ResponseBody } {
    const events = this.close(reason === 'length' ? 'incomplete' : 'completed');
    const why = INCOMPLETE[reason];
    const body: ResponseBody = {
      ...this.head,
      status: why ? 'incomplete' : 'completed',
      completed_at: why ? null : seconds(),
      incomplete_details: why ? { reason: why } : null,
      output: this.output,
      usage: usageBody(usage),
      cozy: this.cozy(metadata),
    };
    const type = why ? 'response.incomplete' : 'response.completed';
    return { events: [...events, { type, response: asSent(body) }], body };
  }

  /** An answer that broke off keeps what there was of it. */
  fail(error: CozyError): { events: DraftEvent[]; body: ResponseBody } {
    const events = this.close('incomplete');
    const isBusy = error.row.status === 429 || error.code === 'ENGINE_RATE_LIMITED';
    const body: ResponseBody = {
      ...this.head,
      status: 'failed',
      error: { code: isBusy ? 'rate_limit_exceeded' : 'server_error', message: error.message },
      output: this.output,
      cozy: this.cozy({ personality_id: this.start.personalityId, error: { code: error.code } }),
    };
    return { events: [...events, { type: 'response.failed', response: asSent(body) }], body };
  }

  private cozy(facts: TurnMetadata | object): object {
    const { ignoredTools, requestId } = this.facts;
    const ignored = ignoredTools.length > 0 && { ignored_tools: ignoredTools };
    return { request_id: requestId, session_id: this.start.sessionId, ...facts, ...ignored };
  }

  private get last(): ResponseOutputItem | undefined {
    const item = this.output.at(-1);
    return item && 'status' in item && item.status === 'in_progress' ? item : undefined;
  }

  /** Where the item that is being made stands. */
  private get place(): number {
    return this.output.length - 1;
  }

  private say(type: Content['type'], text: string): DraftEvent[] {
    const { message, events } = this.openMessage();
    const part = message.content.at(-1);
    if (part?.type !== type) events.push(...this.closePart(message), ...this.openPart(message, type));
    const at = {
      item_id: message.id,
      output_index: this.place,
      content_index: message.content.length - 1,
      delta: text,
    };
    const open = message.content.at(-1);
    if (open?.type === 'output_text') open.text += text;
    if (open?.type === 'refusal') open.refusal += text;
    events.push(
      type === 'output_text'
        ? { type: 'response.output_text.delta', ...at, logprobs: [] }
        : { type: 'response.refusal.delta', ...at },
    );
    return events;
  }

  private openMessage(): { message: ResponseOutputMessage; events: DraftEvent[] } {
    const last = this.last;
    if (last?.type === 'message') return { message: last, events: [] };
    const events = this.close('completed');
    const id = wireId('msg', this.start.answerId, this.messages === 0 ? undefined : this.messages);
    this.messages += 1;
    const message: ResponseOutputMessage = {
      id,
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    };
    return { message, events: [...events, this.added(message)] };
  }

  private openPart(message: ResponseOutputMessage, type: Content['type']): DraftEvent[] {
    const part: Content = type === 'output_text' ? outputText('') : { type: 'refusal', refusal: '' };
    message.content.push(part);
    const at = { item_id: message.id, output_index: this.place, content_index: message.content.length - 1 };
    return [{ type: 'response.content_part.added', ...at, part: { ...part } }];
  }

  private closePart(message: ResponseOutputMessage): DraftEvent[] {
    const part = message.content.at(-1);
    if (!part) return [];
    const at = { item_id: message.id, output_index: this.place, content_index: message.content.length - 1 };
    return [
      part.type === 'output_text'
        ? { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] }
        : { type: 'response.refusal.done', ...at, refusal: part.refusal },
      { type: 'response.content_part.done', ...at, part: { ...part } },
    ];
  }

  private added(item: ResponseOutputMessage | ResponseFunctionToolCall): DraftEvent {
    this.output.push(item);
    return { type: 'response.output_item.added', output_index: this.place, item: structuredClone(item) };
  }

  private call({ index, id, name, argumentsText }: CallDelta): DraftEvent[] {
    const last = this.last;
    const events: DraftEvent[] = [];
    let call = last?.type === 'function_call' && this.callIndex === index ? last : undefined;
    if (!call) {
      events.push(...this.close('completed'));
      call = {
        id: wireId('fc', this.start.answerId, this.calls),
        type: 'function_call',
        status: 'in_progress',
        call_id: id ?? '',
        name: name ?? '',
        arguments: '',
      };
      this.calls += 1;
      this.callIndex = index;
      events.push(this.added(call));
    }
    if (!argumentsText) return events;
    call.arguments += argumentsText;
    const at = { item_id: call.id ?? '', output_index: this.place };
    return [...events, { type: 'response.function_call_arguments.delta', ...at, delta: argumentsText }];
  }

  /** Ends the item that is being made. */
  private close(status: 'completed' | 'incomplete'): DraftEvent[] {
    const item = this.last;
    if (item?.type !== 'message' && item?.type !== 'function_call') return [];
    const events = item.type === 'message' ? this.closePart(item) : this.callDone(item);
    item.status = status;
    return [...events, { type: 'response.output_item.done', output_index: this.place, item: structuredClone(item) }];
  }

  private callDone(item: ResponseFunctionToolCall): DraftEvent[] {
    const at = { item_id: item.id ?? '', output_index: this.place };
    return [{ type: 'response.function_call_arguments.done', ...at, name: item.name, arguments: item.arguments }];
  }
}
