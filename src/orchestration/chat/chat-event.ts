import type { TokenBudget } from '../../context/context.service.js';
import type { EngineReports } from '../../context/personalization.service.js';
import type { FinishReason, Usage } from '../../core/domain/chat.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { CanaryNote } from '../canary/canary-trial.js';
import type { ToolApproval } from '../../storage/tools/tool-approval.repository.js';

/** What the engine says of a turn beside the answer itself. */
export interface TurnMetadata {
  request_id: string;
  session_id: string | null;
  personality_id: string;
  degraded: boolean;
  degrade_reasons: string[];
  engines: EngineReports;
  token_budget: TokenBudget;
  executed_tools: string[];
  /** What the canary rules decided; absent where there was none for the turn. */
  canary?: CanaryNote[];
  /** What the turn took beside the model, engines, tools and the caller. */
  overhead_ms: number;
}

export type ToolStatus = 'running' | 'done' | 'failed';

/**
 * One piece of a turn. `start` comes first, once the turn is accepted and what was said is stored; `finish` or
 * `error` comes last, once the answer is stored. After an abort the stream just ends.
 */
export type ChatEvent =
  | {
      type: 'start';
      turnId: string;
      /** Of the message that the answer becomes, where it is stored. */
      answerId: string;
      model: string;
      sessionId: string | null;
      personalityId: string;
    }
  | { type: 'text-delta'; text: string }
  | { type: 'refusal-delta'; text: string }
  | { type: 'tool-call-delta'; index: number; id?: string; name?: string; argumentsText?: string }
  /** One of this server's tools is run, or has been. */
  | { type: 'tool-activity'; callId: string; name: string; status: ToolStatus }
  /** A tool call waits for somebody's yes; the turn goes on when it is given, refused or late. */
  | { type: 'approval-required'; approval: ToolApproval }
  /** `messageId` is null where nothing is stored. */
  | { type: 'finish'; reason: FinishReason; usage: Usage; messageId: string | null; metadata: TurnMetadata }
  | { type: 'error'; error: CozyError };
