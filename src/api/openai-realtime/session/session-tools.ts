import type { RealtimeFunctionTool } from 'openai/resources/realtime/realtime';
import type { ToolDefinition } from '../../../core/domain/chat.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { readPart } from './read-part.js';
import { FunctionDto } from './session.dto.js';

const MOST_TOOLS = 128;
const LONGEST_PARAMETERS = 32_768;

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });

/** The client's own functions: flat as OpenAI has them here, or nested in `function` as in chats. */
export function functionsOf(given: unknown, param: string): ToolDefinition[] {
  if (!Array.isArray(given)) throw refuse(param, `${param} must be a list of functions.`);
  if (given.length > MOST_TOOLS) throw refuse(param, `${param} may hold ${MOST_TOOLS} functions at most.`);
  const functions = given.map((tool: unknown, at) => functionOf(tool, `${param}[${at}]`));
  const names = functions.map((tool) => tool.function.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refuse(param, `${param} names the function ${twice} twice.`);
  return functions;
}

function functionOf(tool: unknown, param: string): ToolDefinition {
  if (!isObject(tool)) throw refuse(param, `${param} must be an object.`);
  if (tool['type'] !== undefined && tool['type'] !== 'function') {
    throw refuse(
      `${param}.type`,
      `${param} must be a function: MCP servers are set up on this server, by its operator.`,
    );
  }
  const dto = readPart(isObject(tool['function']) ? tool['function'] : tool, FunctionDto, param);
  const { name, description, parameters } = dto;
  if (JSON.stringify(parameters ?? {}).length > LONGEST_PARAMETERS) {
    throw refuse(
      `${param}.parameters`,
      `${param}.parameters may hold ${LONGEST_PARAMETERS} characters of JSON at most.`,
    );
  }
  return {
    type: 'function',
    function: { name, ...(description && { description }), ...(parameters && { parameters }) },
  };
}

export const functionBody = ({
  function: { name, description, parameters },
}: ToolDefinition): RealtimeFunctionTool => ({
  type: 'function',
  name,
  ...(description !== undefined && { description }),
  ...(parameters !== undefined && { parameters }),
});

const CHOICES: readonly unknown[] = ['auto', 'none', 'required'];
/** As clients of this protocol name a function, and as those of chats do. */
export type ToolChoice = 'auto' | 'none' | 'required' | { type: 'function'; name: string };

export function toolChoiceOf(given: unknown, param: string): ToolChoice {
  if (CHOICES.includes(given)) return given as ToolChoice;
  const holder = isObject(given) && isObject(given['function']) ? given['function'] : given;
  if (isObject(given) && given['type'] === 'function' && isObject(holder) && typeof holder['name'] === 'string') {
    return { type: 'function', name: holder['name'].slice(0, 64) };
  }
  throw refuse(param, `${param} must be auto, none, required or {"type": "function", "name": …}.`);
}

/** As chats have it; undefined where the model is free to choose. */
export function chatToolChoice(choice: ToolChoice): unknown {
  if (choice === 'auto') return undefined;
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}
