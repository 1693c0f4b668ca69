import type { ChatMessage, ChatRole, ContentPart, ToolCall } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { boundedContent, boundedText } from './bounded-text.js';

const MAX_MESSAGES = 2000;
const MAX_PARTS = 256;
const MAX_TOOL_CALLS = 128;
const MAX_NAME = 256;

type Raw = Record<string, unknown>;

function refuse(param: string, reason: string): never {
  throw new CozyError('VALIDATION_FAILED', { message: `${param} ${reason}.`, param });
}

export const isRecord = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shortText(value: unknown, param: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_NAME) {
    refuse(param, `must be a string of 1 to ${MAX_NAME} characters`);
  }
  return value;
}

function parseParts(content: unknown[], param: string): ContentPart[] {
  if (content.length > MAX_PARTS) refuse(param, `may hold ${MAX_PARTS} parts at most`);
  return content.map((part, index) => {
    const at = `${param}[${index}]`;
    if (!isRecord(part)) refuse(at, 'must be an object');
    if (typeof part['type'] !== 'string') refuse(`${at}.type`, 'must be a string such as "text" or "image_url"');
    if (part['type'] === 'text' && typeof part['text'] !== 'string') refuse(`${at}.text`, 'must be a string');
    if (part['type'] === 'image_url' && !isRecord(part['image_url']))
      refuse(`${at}.image_url`, 'must be an object with a url');
    return part as ContentPart;
  });
}

/** Text, or OpenAI's parts as they are. */
function parseContent(value: unknown, param: string, nullable: boolean): ChatMessage['content'] {
  if (typeof value === 'string') return boundedText(value, param);
  if (Array.isArray(value) && value.length > 0) return boundedContent(parseParts(value, param), param);
  if ((value === null || value === undefined) && nullable) return null;
  return refuse(
    param,
    nullable ? 'must be a string, a list of parts or null' : 'must be a string or a non-empty list of parts',
  );
}

function parseToolCalls(value: unknown, param: string): ToolCall[] {
  if (!Array.isArray(value) || value.length > MAX_TOOL_CALLS)
    refuse(param, `must be a list of at most ${MAX_TOOL_CALLS} tool calls`);
  return value.map((call: unknown, index) => {
    const at = `${param}[${index}]`;
    if (!isRecord(call) || !isRecord(call['function']))
      refuse(at, 'must be {id, type: "function", function: {name, arguments}}');
    const { name, arguments: text } = call['function'];
    if (typeof text !== 'string') refuse(`${at}.function.arguments`, 'must be a string of JSON');
    return {
      id: shortText(call['id'], `${at}.id`),
      type: 'function' as const,
      function: {
        name: shortText(name, `${at}.function.name`),
        arguments: boundedText(text, `${at}.function.arguments`),
      },
    };
  });
}

function assistant(raw: Raw, param: string): ChatMessage {
  const calls =
    Array.isArray(raw['tool_calls']) && raw['tool_calls'].length === 0 ? undefined : (raw['tool_calls'] ?? undefined);
  const message: ChatMessage = {
    role: 'assistant',
    content: parseContent(raw['content'] ?? raw['refusal'], `${param}.content`, calls !== undefined),
  };
  if (calls !== undefined) message.tool_calls = parseToolCalls(calls, `${param}.tool_calls`);
  return message;
}

function tool(raw: Raw, param: string): ChatMessage {
  return {
    role: 'tool',
    content: parseContent(raw['content'], `${param}.content`, false),
    tool_call_id: shortText(raw['tool_call_id'], `${param}.tool_call_id`),
  };
}

const spoken =
  (role: ChatRole) =>
  (raw: Raw, param: string): ChatMessage => ({
    role,
    content: parseContent(raw['content'], `${param}.content`, false),
  });

const READERS: Record<ChatRole, (raw: Raw, param: string) => ChatMessage> = {
  system: spoken('system'),
  developer: spoken('developer'),
  user: spoken('user'),
  assistant,
  tool,
};

/** The `messages` of a request, every role and shape OpenAI knows; throws VALIDATION_FAILED naming the exact field. */
export function parseMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) return refuse('messages', 'must be a non-empty list');
  if (value.length > MAX_MESSAGES) return refuse('messages', `may hold ${MAX_MESSAGES} messages at most`);
  return value.map((raw: unknown, index) => {
    const param = `messages[${index}]`;
    if (!isRecord(raw)) return refuse(param, 'must be an object');
    const role = raw['role'];
    if (typeof role !== 'string' || !Object.hasOwn(READERS, role)) {
      return refuse(`${param}.role`, `must be one of ${Object.keys(READERS).join(', ')}`);
    }
    const message = READERS[role as ChatRole](raw, param);
    if (raw['name'] !== undefined && raw['name'] !== null) message.name = shortText(raw['name'], `${param}.name`);
    return message;
  });
}
