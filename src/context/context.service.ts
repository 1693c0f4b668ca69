import { Injectable } from '@nestjs/common';
import { ContextSection } from '../core/config/sections/context.section.js';
import type { ChatMessage, ToolDefinition } from '../core/domain/chat.js';
import type { Personality } from '../core/domain/personality.js';
import { ContextMetrics } from '../core/metrics/context-metrics.js';
import { encodingOf } from '../core/util/token-estimate.js';
import { choose, fixedTokens, grow, type Material, questionOf, surelyFit, tokensOf } from './assembly.js';
import { repairHistory, withoutLeadingCalls } from './history.js';
import { hasOlder, type Past, uncoveredCount, unsummarized } from './past.js';
import type { EngineReports, Personalization } from './personalization.service.js';
import { personalityPrompt } from './prompt.js';
import { retrievedBlock } from './retrieved.js';

export interface ContextRequest {
  /** Null where somebody answers who has instructions of their own. */
  personality: Personality | null;
  /** The client's own system messages: added after the personality's. */
  clientSystem: ChatMessage[];
  /** What the engines have found. */
  personal: Personalization;
  /** What the session holds already. */
  past: Past;
  /** The new messages, or the whole conversation where the caller keeps it. */
  added: ChatMessage[];
  /** Functions that the model is offered; their schemas count. */
  tools: ToolDefinition[];
  model: string;
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
  /** Tokens of what was looked up, the summary included. */
  retrieved: number;
  /** Lines of it that did not fit, by part. */
  dropped_retrieved: Record<string, number>;
  /** Tokens of the summary of older messages; 0 where none was needed or there was no room. */
  summary: number;
  /** Stored messages that the model knows nothing of: neither given to it nor in the summary yet. */
  uncovered_messages: number;
}

export interface ContextBundle {
  messages: ChatMessage[];
  /** The messages again when the turn has grown by these: older ones make room, the question stays. */
  grownBy: (added: ChatMessage[]) => ChatMessage[];
  /** How many tokens the turn may grow by, older messages given up. */
  room: () => number;
  tokenBudget: TokenBudget;
  engines: EngineReports;
  /** Whether the session's older messages are to be summarised, so that nothing is lost when they leave the window. */
  isSummaryDue: boolean;
}

/** Of the messages that may be given, or of the room for them: from here on the older ones are summarised. */
const SUMMARY_DUE_MESSAGES = 0.75;
const SUMMARY_DUE_ROOM = 0.6;
/** Of the budget: nobody's prompt and tools leave so little room that this would be much of it. */
const SURELY_SMALL = 0.25;

/** Decides what the model gets to read. */
@Injectable()
export class ContextService {
  constructor(
    private readonly section: ContextSection,
    private readonly metrics: ContextMetrics,
  ) {}

  /** How many messages of a session are worth loading. */
  get recentMessages(): number {
    return this.section.recent_messages;
  }

  assemble(request: ContextRequest): ContextBundle {
    const { past, personal, contextWindow } = request;
    const reserve = Math.min(request.answerTokens ?? this.section.answer_reserve_tokens, Math.floor(contextWindow / 2));
    const material = materialOf(request, contextWindow - reserve);
    const { messages: kept, looked } = choose(material);
    const block = retrievedBlock(looked.kept);
    const system = block === '' ? material.prompt : [...material.prompt, { role: 'system' as const, content: block }];
    const left = () => material.budget - fixedTokens({ ...material, prompt: system });
    const uncovered = uncoveredCount(past, kept);
    const dropped = material.conversation.length - kept.length;
    this.metrics.given(looked.tokensBy);
    this.metrics.dropped({ messages: dropped, ...looked.dropped }, uncovered);
    return {
      messages: [...system, ...kept],
      grownBy: (added) => [...system, ...grow(kept, added, left(), material.encoding)],
      room: () => Math.max(0, left() - tokensOf(questionOf(kept), material.encoding)),
      tokenBudget: {
        context_window: contextWindow,
        answer_reserve: reserve,
        messages: kept.length,
        dropped_messages: dropped,
        retrieved: looked.tokens,
        dropped_retrieved: looked.dropped,
        summary: looked.tokensBy.summary ?? 0,
        uncovered_messages: uncovered,
      },
      engines: personal.engines,
      isSummaryDue: uncovered > 0 || this.isWindowFilling(past, material),
    };
  }

  /** Before anything falls out of the window: the background needs some time. */
  private isWindowFilling(past: Past, { budget, encoding, prompt, tools }: Material): boolean {
    const open = unsummarized(past);
    if (open.length >= this.section.recent_messages * SUMMARY_DUE_MESSAGES) return true;
    const messages = open.flatMap((entry) => entry.messages);
    if (surelyFit(messages, budget * SURELY_SMALL)) return false;
    const room = budget - fixedTokens({ prompt, tools, encoding });
    return tokensOf(messages, encoding) > room * SUMMARY_DUE_ROOM;
  }
}

const instructionsOf = (personality: Personality | null): ChatMessage[] =>
  personality ? [{ role: 'system', content: personalityPrompt(personality) }] : [];

function materialOf(request: ContextRequest, budget: number): Material {
  const { personality, clientSystem, past, added, tools, model, personal } = request;
  return {
    prompt: [...instructionsOf(personality), ...clientSystem],
    tools,
    conversation: withoutLeadingCalls(repairHistory([...past.entries.flatMap(({ messages }) => messages), ...added])),
    retrieved: personal.retrieved,
    summary: past.summary?.text ?? '',
    isCut: hasOlder(past),
    budget,
    encoding: encodingOf(model),
  };
}
