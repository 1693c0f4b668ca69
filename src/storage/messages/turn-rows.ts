import type { ChatRole, ContentPart, ToolCall, ToolExchange } from '../../core/domain/chat.js';
import type { PromisedWork } from '../../core/domain/write-back.js';
import type { SessionSummary } from '../summaries/session-summary.repository.js';

/** A message of the recent history, as the next turn needs it. */
export interface HistoryMessage {
  seq: number;
  turnId: string | null;
  role: ChatRole;
  content: string | null;
  parts: ContentPart[] | null;
  toolCalls: ToolCall[] | null;
  toolCallId: string | null;
  name: string | null;
  exchange: ToolExchange | null;
  /** An answer that the provider failed in the middle of. */
  failed: boolean;
  /** The turn ended without an answer. */
  unanswered: boolean;
  /** The process that ran the turn. */
  instanceId: string | null;
}

export interface SessionHistory {
  personalityId: string;
  title: string | null;
  /** The last ones, oldest first. */
  messages: HistoryMessage[];
  /** What is known of older ones; null where there is no summary yet. */
  summary: SessionSummary | null;
  /** How many are older than `messages` and not in the summary. */
  unseen: number;
}

export interface NewMessage {
  id: string;
  role: ChatRole;
  content: string | null;
  parts: ContentPart[] | null;
  toolCalls: ToolCall[] | null;
  toolCallId: string | null;
  name: string | null;
  metadata: Record<string, unknown>;
}

export interface SaidTurn {
  turnId: string;
  sessionId: string;
  personalityId: string;
  /** Who answered; null where it is not known. */
  provider: string | null;
  messages: SaidMessage[];
}

export interface SaidMessage {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  /** As ISO text. */
  createdAt: string;
}

export interface TurnKey {
  sessionId: string;
  userId: string;
  turnId: string;
}

export interface TurnUsage {
  id: string;
  model: string;
  personalityId: string;
  promptTokens: number;
  completionTokens: number;
  /** US dollars, as decimal text. */
  costUsd: string;
}

/** Work that a turn promises. */
export interface TurnJobs {
  /** Kept only where the session has no title yet and is due for one. */
  titleId: string;
  others: readonly (PromisedWork & { id: string })[];
  /** Of the turn's span, where it is traced. */
  traceparent?: string | undefined;
}

export interface OpenedSession extends SessionHistory {
  /** The answer's place; null where nothing was stored. */
  seq: number | null;
}
