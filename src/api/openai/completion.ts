import type { CompletionUsage } from 'openai/resources/completions';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import type { FinishReason, ToolCall, Usage } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ChatEvent, TurnMetadata } from '../../orchestration/chat/chat-event.js';

/** What every chunk and the whole answer of one turn have in common. */
export interface CompletionHead {
  id: string;
  /** Seconds since 1970. */
  created: number;
  model: string;
}

export const completionHead = (turnId: string, model: string): CompletionHead => ({
  id: `chatcmpl-${turnId.replaceAll('-', '')}`,
  created: Math.floor(Date.now() / 1000),
  model,
});

/** Some providers send null for what they do not count; OpenAI leaves it out. */
const withoutNulls = (details: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null));

export function usageBody(usage: Usage): CompletionUsage & { estimated?: true } {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    ...(usage.promptDetails && { prompt_tokens_details: withoutNulls(usage.promptDetails) }),
    ...(usage.completionDetails && { completion_tokens_details: withoutNulls(usage.completionDetails) }),
    ...(usage.estimated && { estimated: true as const }),
  };
}

type CompletionBody = Omit<ChatCompletion, 'metadata'> & { metadata: TurnMetadata };

function body(
  head: CompletionHead,
  said: { content: string; refusal: string; calls: ToolCall[] },
  finish: { reason: FinishReason; usage: Usage; metadata: TurnMetadata },
): CompletionBody {
  const { content, refusal, calls } = said;
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content || (calls.length > 0 || refusal ? null : ''),
          refusal: refusal || null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finish.reason,
      },
    ],
    usage: usageBody(finish.usage),
    metadata: finish.metadata,
  };
}

/** Gathers a turn into one answer. Undefined where the turn was aborted; throws what failed. */
export async function collectCompletion(events: AsyncIterable<ChatEvent>): Promise<CompletionBody | undefined> {
  let head: CompletionHead | undefined;
  let content = '';
  let refusal = '';
  const calls = new Map<number, ToolCall>();
  for await (const event of events) {
    switch (event.type) {
      case 'start':
        head = completionHead(event.turnId, event.model);
        break;
      case 'text-delta':
        content += event.text;
        break;
      case 'refusal-delta':
        refusal += event.text;
        break;
      case 'tool-call-delta':
        addCall(calls, event);
        break;
      case 'tool-activity':
      case 'approval-required':
        break;
      case 'error':
        throw event.error;
      case 'finish': {
        const ordered = [...calls.entries()].toSorted(([a], [b]) => a - b).map(([, call]) => call);
        return body(begun(head), { content, refusal, calls: ordered }, event);
      }
    }
  }
  return undefined;
}

function begun(head: CompletionHead | undefined): CompletionHead {
  if (!head) throw new CozyError('INTERNAL_ERROR');
  return head;
}

function addCall(calls: Map<number, ToolCall>, delta: Extract<ChatEvent, { type: 'tool-call-delta' }>): void {
  const call = calls.get(delta.index) ?? { id: '', type: 'function', function: { name: '', arguments: '' } };
  call.id ||= delta.id ?? '';
  call.function.name ||= delta.name ?? '';
  call.function.arguments += delta.argumentsText ?? '';
  calls.set(delta.index, call);
}
