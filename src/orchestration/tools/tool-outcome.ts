import type { CozyError } from '../../core/errors/cozy.error.js';
import type { ToolResult } from '../../engines/tools/tool.port.js';

export interface ToolRequest {
  /** Of the call, where a model has made it. */
  id?: string;
  name: string;
  /** JSON text as a model writes it, or what an API call has sent. */
  arguments: string | Record<string, unknown>;
}

/** How a call went. Never thrown: a failure goes back to the model. */
export interface ToolOutcome {
  name: string;
  result: ToolResult | undefined;
  error: CozyError | undefined;
  milliseconds: number;
  /** Resolves once the call is on record. */
  recorded: Promise<unknown>;
}
