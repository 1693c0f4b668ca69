import type { ChatMessage, ToolExchange, Usage } from '../../core/domain/chat.js';
import { textOf } from '../../core/domain/chat.js';
import type { PromisedWork } from '../../core/domain/write-back.js';
import { newId } from '../../core/util/ids.js';
import type { PastEntry } from '../../context/past.js';
import type { HistoryMessage, NewMessage } from '../../storage/messages/turn.repository.js';
import type { AnswerDraft } from './answer-draft.js';
import { roundMessages, storedExchange, withExchange } from './tool-exchange.js';

export interface ClosingFacts {
  personalityId: string;
  model: string;
  provider: string;
  requestId: string;
  latencyMs: number;
  usage: Usage;
  /** US dollars, as decimal text. */
  costUsd: string;
  /** Kept with the answer. */
  metadata: Record<string, unknown>;
  /** Work that the turn promises. */
  jobs: readonly PromisedWork[];
}

/**
 * What a session holds, as the model is to see it. Asked `again`, it must not be shown what it broke off with: it would
 * go on from there. What its tools did stands: they are not to do it again.
 */
export const pastEntries = (messages: readonly HistoryMessage[], again: boolean): PastEntry[] =>
  messages.map((message) => ({
    seq: message.seq,
    messages:
      again && message.failed
        ? (message.exchange?.rounds ?? []).flatMap(roundMessages)
        : withExchange(asChatMessage(message), message.exchange),
  }));

export function asChatMessage(
  message: Pick<HistoryMessage, 'role' | 'content' | 'parts' | 'toolCalls' | 'toolCallId' | 'name'>,
): ChatMessage {
  return {
    role: message.role,
    content: message.parts ?? message.content,
    ...(message.toolCalls && { tool_calls: message.toolCalls }),
    ...(message.toolCallId !== null && { tool_call_id: message.toolCallId }),
    ...(message.name !== null && { name: message.name }),
  };
}

export function asNewMessage(message: ChatMessage, metadata: Record<string, unknown>): NewMessage {
  return {
    id: newId(),
    role: message.role,
    content: message.content === null ? null : textOf(message.content),
    parts: Array.isArray(message.content) ? message.content : null,
    toolCalls: message.tool_calls ?? null,
    toolCallId: message.tool_call_id ?? null,
    name: message.name ?? null,
    metadata,
  };
}

export function asAnswer(draft: AnswerDraft, facts: ClosingFacts): NewMessage & { exchange: ToolExchange | null } {
  const { usage, provider, model, latencyMs, requestId, personalityId } = facts;
  return {
    id: draft.messageId,
    role: 'assistant',
    content: draft.content,
    parts: null,
    toolCalls: draft.toolCalls,
    exchange: draft.exchange && storedExchange(draft.exchange),
    toolCallId: null,
    name: null,
    metadata: {
      ...facts.metadata,
      model,
      provider,
      tokens: usage.promptTokens + usage.completionTokens,
      usage: {
        prompt_tokens: usage.promptTokens,
        completion_tokens: usage.completionTokens,
        total_tokens: usage.promptTokens + usage.completionTokens,
        ...(usage.estimated && { estimated: true }),
      },
      latency_ms: latencyMs,
      finish_reason: draft.finishReason ?? null,
      request_id: requestId,
      personality_id: personalityId,
      ...((draft.finishReason === undefined || draft.isCut) && { interrupted: true }),
      ...(draft.error && { error_code: draft.error.code }),
      ...(draft.executedTools.length > 0 && { executed_tools: draft.executedTools }),
    },
  };
}
