import type { ToolLevel } from '../../core/domain/tool.js';
import type { EngineHealth } from '../engine-health.js';

/** A function that a model may call on this server. */
export interface Tool {
  name: string;
  /** Said to the model: what it does, and when to use it. */
  description: string;
  /** JSON schema of the arguments, an object. */
  parameters: Record<string, unknown>;
  level: ToolLevel;
  /** The MCP server it comes from; null for a built-in one. */
  server: string | null;
  /** Whether it reads or keeps what belongs to the caller alone. */
  isPersonal?: boolean;
  /** How long a call may take, where its source has a deadline of its own; else the configured one of all tools. */
  timeoutMs?: number;
}

/** On whose behalf a tool runs. */
export interface ToolCaller {
  userId: string;
  sessionId: string | null;
  /** The stored turn that it is a part of. */
  turnId?: string | null;
  personalityId: string;
  /** Names of the document collections that the personality reads. */
  datasets: readonly string[];
  /** Engines that the personality names; the standard ones where absent. */
  providers?: { memory?: string | undefined; knowledge?: string | undefined };
}

/** What a tool found. Text for the model; `structured` for callers that read JSON. */
export interface ToolResult {
  text: string;
  structured?: unknown;
}

/** A source of tools. Safe for concurrent use. */
export abstract class ToolEngine {
  abstract readonly apiVersion: number;
  /** `builtin` or `mcp`: how callers and metrics call this source. */
  abstract readonly type: string;

  /** What can be called now. A snapshot, cheap to ask for. */
  abstract list(): readonly Tool[];

  /**
   * Runs one tool of `list()`. `args` has passed the tool's schema. Throws a CozyError of the TOOL_* family whose
   * message a model can act on; when `signal` aborts, the work is cancelled.
   */
  abstract invoke(
    name: string,
    args: Record<string, unknown>,
    caller: ToolCaller,
    signal: AbortSignal,
  ): Promise<ToolResult>;

  /** Looks again for what there is. Never throws: a dead source is degraded. */
  abstract refresh(signal: AbortSignal): Promise<void>;

  /** One report a part: `builtin`, or each MCP server by name. */
  abstract health(signal: AbortSignal): Promise<Record<string, EngineHealth>>;
  /** Idempotent; ends what is running. */
  abstract close(): Promise<void>;
}
