import type { ToolDefinition } from '../../../core/domain/chat.js';
import { isRecord } from '../../json-record.js';
import type { AiRequest } from '../ai.port.js';
import { sampleOf } from './demo-sample.js';

/** What the demo must call: a tool, none, or one that the request does not define. */
export type ForcedTool = ToolDefinition | 'none' | 'unknown';

/**
 * The function that `tool_choice` forces: a named one, or the first for `required`. Once its result is there, it is
 * spoken about instead of being asked for again.
 */
export function forcedTool({ tools = [], toolChoice, messages }: AiRequest): ForcedTool {
  if (messages.at(-1)?.role === 'tool') return 'none';
  if (toolChoice === 'required') return tools[0] ?? 'unknown';
  if (!isRecord(toolChoice)) return 'none';
  if (toolChoice['type'] === 'allowed_tools') return firstAllowed(toolChoice['allowed_tools'], tools);
  const name = isRecord(toolChoice['function']) ? toolChoice['function']['name'] : undefined;
  return tools.find((tool) => tool.function.name === name) ?? 'unknown';
}

/** Arguments that fit the function's schema, as JSON text. */
export function sampleArguments(tool: ToolDefinition): string {
  return JSON.stringify(sampleOf(tool.function.parameters ?? { type: 'object' }));
}

/** The JSON that `response_format` asks for; undefined when it asks for text. */
export function sampleAnswer(format: AiRequest['responseFormat'], text: string): string | undefined {
  if (format?.['type'] === 'json_object') return JSON.stringify({ answer: text });
  if (format?.['type'] !== 'json_schema') return undefined;
  const { json_schema: named } = format;
  return JSON.stringify(sampleOf(isRecord(named) ? named['schema'] : undefined));
}

function firstAllowed(allowed: unknown, tools: readonly ToolDefinition[]): ForcedTool {
  if (!isRecord(allowed) || allowed['mode'] !== 'required' || !Array.isArray(allowed['tools'])) return 'none';
  const names = allowed['tools'].map((tool) =>
    isRecord(tool) && isRecord(tool['function']) ? tool['function']['name'] : undefined,
  );
  return tools.find((tool) => names.includes(tool.function.name)) ?? 'unknown';
}
