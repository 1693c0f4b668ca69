import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Tool, ToolCaller, ToolResult } from '../tool.port.js';

/** A function of this server that models may call. */
export interface BuiltinTool {
  readonly definition: Tool;
  /**
   * Callers check `args` against the schema before, so tools declare the type that the schema describes. Defaults named
   * there are set by the tool itself.
   */
  run(args: Record<string, unknown>, caller: ToolCaller, signal: AbortSignal): ToolResult | Promise<ToolResult>;
}

/** The model can mend it: the message says how. */
export function invalidArgument(param: string, message: string): CozyError {
  return new CozyError('TOOL_ARGUMENTS_INVALID', { param, message });
}

/** What a model wrote, short enough to be said back to it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
