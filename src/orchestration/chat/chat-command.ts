import type { ChatMessage, ToolDefinition } from '../../core/domain/chat.js';
import type { Principal } from '../../core/domain/principal.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { AiEngine } from '../../engines/ai/ai.port.js';
import type { CanaryDecision } from '../canary/canary-trial.js';

/** One chat turn as a caller asks for it, whatever protocol it came by. */
export interface ChatCommand {
  requestId: string;
  principal: Principal;
  /** A model of the allow-list, `cozy/<personality>`, or undefined for the personality's own. */
  model: string | undefined;
  /** The whole conversation or just its new end. */
  messages: ChatMessage[];
  personalityId: string | undefined;
  /** Undefined for a conversation that the caller keeps. */
  sessionId: string | undefined;
  /**
   * In a session: all messages are new, and go on right after this place or, where it is null, after whatever the session
   * ends with. Undefined where they may be the whole conversation resent.
   */
  goesOnAfter?: number | null;
  /** Without a session: make one and store the turn in it. */
  store: boolean;
  /** What the request narrows the personality's tools to; undefined where it says nothing. */
  allowedTools: readonly string[] | undefined;
  /** Whether memory, profile and documents are to be looked into. */
  personalize: boolean;
  /** Whether somebody else than the user has said it: what is the user's alone stays out of reach then. */
  byGuest?: boolean;
  /** The caller sees nothing of the answer before it is whole: of one that breaks off, nobody has seen anything. */
  isWhole?: boolean;
  /** Of an answer that is spoken. */
  spoken?: SpokenAnswer;
  /** What the canary rules that may lead to another server have decided before the turn; undefined where it cannot leave. */
  decided?: readonly CanaryDecision[];
  /**
   * The earlier server that they decided for. It has companions, memories and tools of its own: of this server's it gets
   * what was said, and the turn is kept here.
   */
  upstream?: AiEngine;
  options: ModelOptions;
}

/** An answer that takes its time to be given, and may be cut short meanwhile: what was heard of it is what is kept. */
export interface SpokenAnswer {
  /** Kept with the turn's messages. */
  metadata: Record<string, unknown>;
  /** The companion speaks first: there need be nothing to answer. */
  unasked?: boolean;
  /** False where it answers somebody else than the user: nothing of it is a fact about them. */
  isLearned: boolean;
  /**
   * Called once when the model has ended, failed or been stopped. Resolves with the number of characters that arrived
   * once the answer has been given; soon after the turn's signal has aborted. Never rejects.
   */
  delivered(error: CozyError | undefined): Promise<number>;
}

/** What is handed to the model as it came. */
export interface ModelOptions {
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  stop?: string | string[];
  seed?: number;
  /** The caller's own functions: a call of one of them ends the turn. */
  tools?: ToolDefinition[];
  toolChoice?: unknown;
  parallelToolCalls?: boolean;
  responseFormat?: Record<string, unknown>;
  extra?: Record<string, unknown>;
}

/** Whose turn it is, for the canary rules. */
export const tryingOf = ({ principal, sessionId, decided, upstream }: ChatCommand) => ({
  userId: principal.userId,
  sessionId: sessionId ?? null,
  decided,
  upstream,
});
