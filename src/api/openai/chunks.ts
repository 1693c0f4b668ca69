import type { CozyError } from '../../core/errors/cozy.error.js';
import type { ChatEvent } from '../../orchestration/chat/chat-event.js';
import { errorBody } from '../errors/error-body.js';
import { approvalBody } from '../tools/approval-body.js';
import { type CompletionHead, usageBody } from './completion.js';

export const DONE = 'data: [DONE]\n\n';
export const PING = ': ping\n\n';

type ToolApproval = Extract<ChatEvent, { type: 'approval-required' }>['approval'];
type Finish = Extract<ChatEvent, { type: 'finish' }>;

/** Writes one turn's chunks as SSE text. The parts that never change are made once, as most chunks are a few letters. */
export class ChunkWriter {
  private readonly head: string;
  private readonly usageNull: string;

  constructor(
    head: CompletionHead,
    private readonly includeUsage: boolean,
  ) {
    const { id, created, model } = head;
    this.head = `data: {"id":"${id}","object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)}`;
    this.usageNull = includeUsage ? ',"usage":null' : '';
  }

  role(): string {
    return this.chunk('{"role":"assistant","content":"","refusal":null}');
  }

  text(text: string): string {
    return this.chunk(`{"content":${JSON.stringify(text)}}`);
  }

  refusal(text: string): string {
    return this.chunk(`{"refusal":${JSON.stringify(text)}}`);
  }

  toolCall({ index, id, name, argumentsText }: Extract<ChatEvent, { type: 'tool-call-delta' }>): string {
    const call = {
      index,
      ...(id !== undefined && { id, type: 'function' }),
      function: { ...(name !== undefined && { name }), arguments: argumentsText ?? '' },
    };
    return this.chunk(`{"tool_calls":[${JSON.stringify(call)}]}`);
  }

  /** A call of a tool waits for somebody's yes. Clients that do not know of this see an empty delta. */
  approval(approval: ToolApproval): string {
    return this.chunk('{}', null, `,"cozy":${JSON.stringify({ approval_required: approvalBody(approval) })}`);
  }

  /** The last chunks; metadata rides on the usage chunk where that was asked for, and never makes one more. */
  finish({ reason, usage, metadata }: Finish): string {
    const last = JSON.stringify(metadata);
    if (!this.includeUsage) return this.chunk('{}', reason, `,"metadata":${last}`) + DONE;
    return `${this.chunk('{}', reason)}${this.head},"choices":[],"usage":${JSON.stringify(usageBody(usage))},"metadata":${last}}\n\n${DONE}`;
  }

  /** Ends a stream for a client that shows text only. */
  finishWithText(text: string): string {
    return this.text(text) + this.chunk('{}', 'stop') + DONE;
  }

  private chunk(delta: string, finishReason: string | null = null, more = ''): string {
    const reason = finishReason === null ? 'null' : `"${finishReason}"`;
    return `${this.head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}]${this.usageNull}${more}}\n\n`;
  }
}

/** A failure after the first byte. */
export function errorChunk(error: CozyError, requestId: string): string {
  return `data: ${JSON.stringify({ error: errorBody(error, requestId).error })}\n\n${DONE}`;
}
