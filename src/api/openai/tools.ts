import type { ToolDefinition } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isRecord } from './messages.js';

const MAX_TOOLS = 128;
const MAX_DESCRIPTION = 16_384;
const NAME = /^[A-Za-z0-9_.:-]{1,128}$/;
const CHOICES = ['none', 'auto', 'required'];

function refuse(param: string, reason: string): never {
  throw new CozyError('VALIDATION_FAILED', { message: `${param} ${reason}.`, param });
}

function parseTool(tool: unknown, param: string): ToolDefinition {
  if (!isRecord(tool) || tool['type'] !== 'function' || !isRecord(tool['function'])) {
    return refuse(param, 'must be {type: "function", function: {name, description, parameters}}');
  }
  const { name, description, strict } = tool['function'];
  if (typeof name !== 'string' || !NAME.test(name)) {
    return refuse(`${param}.function.name`, 'must be 1 to 128 of letters, digits, _ . : and -');
  }
  const parameters = parseSchema(tool['function']['parameters'], `${param}.function.parameters`);
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' && { description: description.slice(0, MAX_DESCRIPTION) }),
      ...(parameters && { parameters }),
      ...(typeof strict === 'boolean' && { strict }),
    },
  };
}

function parseSchema(value: unknown, param: string): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  return isRecord(value) ? value : refuse(param, 'must be a JSON schema object');
}

/** The caller's own functions. */
export function parseTools(value: unknown): ToolDefinition[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > MAX_TOOLS) {
    return refuse('tools', `must be a list of at most ${MAX_TOOLS} tools`);
  }
  return value.length > 0 ? value.map((tool: unknown, index) => parseTool(tool, `tools[${index}]`)) : undefined;
}

/** `none`, `auto`, `required`, or one function by name. */
export function parseToolChoice(value: unknown, tools: ToolDefinition[] | undefined): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    if (!CHOICES.includes(value)) refuse('tool_choice', `must be one of ${CHOICES.join(', ')}, or name a function`);
  } else if (isRecord(value)) requireKnownFunction(value['function'], tools);
  else refuse('tool_choice', 'must be a string or an object');
  if (tools) return value;
  // Without functions of the caller's own, `none` is about the server's.
  return value === 'none' || value === 'auto' ? value : refuse('tool_choice', 'needs tools');
}

function requireKnownFunction(named: unknown, tools: ToolDefinition[] | undefined): void {
  const name = isRecord(named) ? named['name'] : undefined;
  if (name === undefined || tools?.some((tool) => tool.function.name === name)) return;
  refuse('tool_choice.function.name', 'is not among the tools of this request');
}

/** OpenAI takes one stop sequence or up to four. */
export function parseStop(value: unknown): string | string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const sequences = Array.isArray(value) ? (value as unknown[]) : [value];
  const valid = sequences.length <= 4 && sequences.every((entry) => typeof entry === 'string' && entry.length <= 1024);
  if (!valid) refuse('stop', 'must be a string or a list of at most four, each of at most 1024 characters');
  return sequences.length === 0 ? undefined : (value as string | string[]);
}

const FORMATS = ['text', 'json_object', 'json_schema'];

export function parseResponseFormat(
  value: Record<string, unknown> | null | undefined,
): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  const { type, json_schema: schema } = value;
  if (typeof type !== 'string' || !FORMATS.includes(type)) {
    refuse('response_format.type', `must be one of ${FORMATS.join(', ')}`);
  }
  if (type === 'json_schema' && !(isRecord(schema) && typeof schema['name'] === 'string')) {
    refuse('response_format.json_schema', 'must be an object with a name and a schema');
  }
  return value;
}
