import { Injectable } from '@nestjs/common';
import { ContextSection } from '../core/config/sections/context.section.js';
import type { ChatMessage, ToolDefinition } from '../core/domain/chat.js';
import type { Personality } from '../core/domain/personality.js';
import { countMessageTokens, countToolTokens } from '../core/util/token-estimate.js';
import { dropOldest, keepNewest, repairHistory, withoutLeadingCalls } from './history.js';
import { personalityPrompt } from './prompt.js';

export interface ContextRequest {
  personality: Personality;
  /** The client's own system messages: added after the personality's. */
  clientSystem: ChatMessage[];
  /** The conversation so far, oldest first, the new messages last. */
  conversation: ChatMessage[];
  /** Functions that the model is offered; their schemas count. */
  tools: ToolDefinition[];
  /** Tokens. */
  contextWindow: number;
  answerTokens: number | undefined;
}

export interface TokenBudget {
  context_window: number;
  /** Kept free for the answer. */
  answer_reserve: number;
  /** Messages given to the model, the system's own left out. */
  messages: number;
  /** Older messages that did not fit. */
  dropped_messages: number;
}

/** `disabled`: not configured on this server. */
export interface EngineReport {
  status: 'ok' | 'degraded' | 'skipped' | 'disabled';
  reason: string | null;
  latency_ms: number;
  cache_hit: boolean;
}

export interface ContextBundle {
  messages: ChatMessage[];
  /** The messages again when the turn has grown by these: older ones make room, the question stays. */
  grownBy: (added: ChatMessage[]) => ChatMessage[];
  /** How many tokens the turn may grow by, older messages given up. */
  room: () => number;
  tokenBudget: TokenBudget;
  engines: Record<'knowledge' | 'profile' | 'memory', EngineReport>;
}

const NOT_CONFIGURED: EngineReport = Object.freeze({
  status: 'disabled',
  reason: 'not_configured',
  latency_ms: 0,
  cache_hit: false,
});

/** No tokenizer makes more tokens of a text than this a UTF-16 unit. */
const MOST_TOKENS_A_CHARACTER = 1.5;

const sizeOf = (messages: readonly ChatMessage[]) =>
  messages.reduce((sum, { content, tool_calls }) => {
    const text = typeof content === 'string' ? content.length : JSON.stringify(content).length;
    return sum + text + (tool_calls ? JSON.stringify(tool_calls).length : 0) + 16;
  }, 0);

/** Decides what the model gets to read. */
@Injectable()
export class ContextService {
  constructor(private readonly section: ContextSection) {}

  /** How many messages of a session are worth loading. */
  get recentMessages(): number {
    return this.section.recent_messages;
  }

  async assemble(request: ContextRequest): Promise<ContextBundle> {
    const system: ChatMessage[] = [
      { role: 'system', content: personalityPrompt(request.personality) },
      ...request.clientSystem,
    ];
    const conversation = withoutLeadingCalls(repairHistory(request.conversation));
    const reserve = Math.min(
      request.answerTokens ?? this.section.answer_reserve_tokens,
      Math.floor(request.contextWindow / 2),
    );
    const budget = request.contextWindow - reserve;
    const kept = fit(system, request.tools, conversation, budget);
    return {
      messages: [...system, ...kept],
      grownBy: (added) => [...system, ...grow(kept, added, budget - fixedTokens(system, request.tools))],
      room: () => Math.max(0, budget - fixedTokens(system, request.tools) - countMessageTokens(question(kept))),
      tokenBudget: {
        context_window: request.contextWindow,
        answer_reserve: reserve,
        messages: kept.length,
        dropped_messages: conversation.length - kept.length,
      },
      engines: { knowledge: NOT_CONFIGURED, profile: NOT_CONFIGURED, memory: NOT_CONFIGURED },
    };
  }
}

/** Tokens are counted only where the size alone does not already prove that everything fits. */
function fit(
  system: ChatMessage[],
  tools: ToolDefinition[],
  conversation: ChatMessage[],
  budget: number,
): ChatMessage[] {
  const toolSize = tools.length === 0 ? 0 : JSON.stringify(tools).length;
  if ((toolSize + sizeOf(system) + sizeOf(conversation)) * MOST_TOKENS_A_CHARACTER <= budget) return conversation;
  return dropOldest(conversation, budget - fixedTokens(system, tools), countMessageTokens);
}

const fixedTokens = (system: ChatMessage[], tools: ToolDefinition[]) =>
  countMessageTokens(system) + countToolTokens(tools);

/** What the turn answers: the last message that is no tool's, and what follows it. */
const question = (conversation: ChatMessage[]) =>
  conversation.slice(conversation.findLastIndex(({ role }) => role === 'user'));

/** The question and what came after it stay; what is older goes, the oldest first. */
function grow(kept: ChatMessage[], added: ChatMessage[], budget: number): ChatMessage[] {
  const asked = question(kept);
  const left = budget - countMessageTokens([...asked, ...added]);
  const older = kept.slice(0, kept.length - asked.length);
  return [...(left > 0 ? keepNewest(older, left, countMessageTokens) : []), ...asked, ...added];
}
