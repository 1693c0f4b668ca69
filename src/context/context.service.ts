import { Injectable } from '@nestjs/common';
import { ContextSection } from '../core/config/sections/context.section.js';
import { type ChatMessage, textOf, type ToolDefinition } from '../core/domain/chat.js';
import type { Personality } from '../core/domain/personality.js';
import { countMessageTokens, countTokens, countToolTokens } from '../core/util/token-estimate.js';
import type { EngineReports, Personalization } from './personalization.service.js';
import { dropOldest, keepNewest, repairHistory, withoutLeadingCalls } from './history.js';
import { personalityPrompt } from './prompt.js';
import { fitParts, type Retrieved, retrievedBlock, retrievedParts } from './retrieved.js';

export interface ContextRequest {
  personality: Personality;
  /** The client's own system messages: added after the personality's. */
  clientSystem: ChatMessage[];
  /** What the engines have found. */
  personal: Personalization;
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
  /** Tokens of what was looked up. */
  retrieved: number;
  /** Lines of it that did not fit, by part. */
  dropped_retrieved: Record<string, number>;
}

export interface ContextBundle {
  messages: ChatMessage[];
  /** The messages again when the turn has grown by these: older ones make room, the question stays. */
  grownBy: (added: ChatMessage[]) => ChatMessage[];
  /** How many tokens the turn may grow by, older messages given up. */
  room: () => number;
  tokenBudget: TokenBudget;
  engines: EngineReports;
}

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

  assemble(request: ContextRequest): ContextBundle {
    const { personality, clientSystem, personal, tools } = request;
    const prompt: ChatMessage[] = [{ role: 'system', content: personalityPrompt(personality) }, ...clientSystem];
    const conversation = withoutLeadingCalls(repairHistory(request.conversation));
    const reserve = Math.min(
      request.answerTokens ?? this.section.answer_reserve_tokens,
      Math.floor(request.contextWindow / 2),
    );
    const budget = request.contextWindow - reserve;
    const kept = fit(prompt, tools, conversation, budget);
    const looked = lookedUp(
      withoutSaid(personal.retrieved, kept),
      budget,
      () => fixedTokens(prompt, tools) + countMessageTokens(kept),
    );
    const system = looked.block === '' ? prompt : [...prompt, { role: 'system' as const, content: looked.block }];
    return {
      messages: [...system, ...kept],
      grownBy: (added) => [...system, ...grow(kept, added, budget - fixedTokens(system, tools))],
      room: () => Math.max(0, budget - fixedTokens(system, tools) - countMessageTokens(question(kept))),
      tokenBudget: {
        context_window: request.contextWindow,
        answer_reserve: reserve,
        messages: kept.length,
        dropped_messages: conversation.length - kept.length,
        retrieved: looked.tokens,
        dropped_retrieved: looked.dropped,
      },
      engines: personal.engines,
    };
  }
}

/** What stands in the conversation need not be remembered. */
function withoutSaid(retrieved: Retrieved, conversation: ChatMessage[]): Retrieved {
  if (retrieved.memories.length === 0) return retrieved;
  const said = new Set(conversation.map(({ content }) => textOf(content).trim()));
  return { ...retrieved, memories: retrieved.memories.filter(({ text }) => !said.has(text.trim())) };
}

/** What was looked up, as far as the messages leave room for it. */
function lookedUp(retrieved: Retrieved, budget: number, used: () => number) {
  const parts = retrievedParts(retrieved);
  if (parts.length === 0) return { block: '', tokens: 0, dropped: {} };
  const { kept, dropped, tokens } = fitParts(parts, budget - used(), countTokens);
  return { block: retrievedBlock(kept), tokens, dropped };
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
