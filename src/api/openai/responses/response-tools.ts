import type { ToolDefinition } from '../../../core/domain/chat.js';
import { isRecord } from '../messages.js';
import { parseToolChoice, parseTools } from '../tools.js';
import { refuse } from './input-content.js';

export interface ResponseTools {
  tools: ToolDefinition[] | undefined;
  choice: unknown;
  /** Types of tools that OpenAI runs itself, and that this server does not have. */
  ignored: string[];
}

const FORCED = ['none', 'auto', 'required'];

const isFunction = (tool: unknown) => isRecord(tool) && tool['type'] === 'function';

function asNested(tool: unknown): unknown {
  if (!isRecord(tool)) return tool;
  const { name, description, parameters, strict } = tool;
  // The protocol's own default is strict; a schema that says nothing is not held to it elsewhere.
  return { type: 'function', function: { name, description, parameters, strict } };
}

/** `choice` may leave only some of the functions. */
function allowed(tools: ToolDefinition[], choice: Record<string, unknown>): ToolDefinition[] {
  const list: unknown[] = Array.isArray(choice['tools']) ? choice['tools'] : [];
  const names = new Set(list.map((tool) => (isRecord(tool) ? tool['name'] : undefined)));
  return tools.filter((tool) => names.has(tool.function.name));
}

function readChoice(value: unknown, tools: ToolDefinition[] | undefined): Omit<ResponseTools, 'ignored'> {
  if (!isRecord(value)) return { tools, choice: parseToolChoice(value, tools) };
  if (value['type'] === 'function') {
    return { tools, choice: parseToolChoice({ type: 'function', function: { name: value['name'] } }, tools) };
  }
  if (value['type'] !== 'allowed_tools')
    return refuse('tool_choice.type', 'forces a tool that this server does not have');
  const mode = value['mode'] ?? 'auto';
  if (typeof mode !== 'string' || !FORCED.includes(mode)) refuse('tool_choice.mode', 'must be auto or required');
  const left = allowed(tools ?? [], value);
  return { tools: left, choice: parseToolChoice(mode, left) };
}

/** Functions are the caller's own. What OpenAI runs itself is passed over: the personality says which tools there are. */
export function readTools(value: unknown, choice: unknown): ResponseTools {
  if (value !== undefined && value !== null && !Array.isArray(value)) return refuse('tools', 'must be a list');
  const all: unknown[] = Array.isArray(value) ? value : [];
  const functions = all.filter(isFunction);
  const ignored = all
    .filter((tool) => !isFunction(tool))
    .map((tool) =>
      isRecord(tool) && typeof tool['type'] === 'string'
        ? tool['type'].slice(0, 64)
        : refuse('tools', 'must have a type each'),
    );
  const tools = parseTools(functions.map(asNested));
  return { ...readChoice(choice, tools), ignored: [...new Set(ignored)] };
}

/** The functions as answers repeat them. */
export const toolBodies = (tools: ToolDefinition[] | undefined) =>
  (tools ?? []).map(({ function: { name, description, parameters, strict } }) => ({
    type: 'function' as const,
    name,
    description: description ?? null,
    parameters: parameters ?? null,
    strict: strict ?? null,
  }));
