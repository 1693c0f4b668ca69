import type { ChatMessage } from '../../../core/domain/chat.js';
import type { Principal } from '../../../core/domain/principal.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { isUuid } from '../../../core/util/ids.js';
import type { ChatCommand } from '../../../orchestration/chat/chat-command.js';
import type { ResponseCommand } from '../../../orchestration/responses/response.service.js';
import { cozyFields, present, sessionIdOf } from '../chat-request.js';
import { isRecord } from '../messages.js';
import { parseResponseFormat } from '../tools.js';
import { refuse } from './input-content.js';
import { asMessages, type InputItem, readInput } from './input-items.js';
import { uuidOf, wireId } from './item-ids.js';
import { readTools, toolBodies } from './response-tools.js';
import type { CreateResponseDto } from './responses.dto.js';

const MOST_METADATA = 16;

/** What an answer repeats of its request. */
export interface ResponseEcho {
  instructions: string | null;
  metadata: Record<string, string>;
  parallel_tool_calls: boolean;
  temperature: number | null;
  tool_choice: unknown;
  tools: ReturnType<typeof toolBodies>;
  top_p: number | null;
  max_output_tokens: number | null;
  previous_response_id: string | null;
  conversation: { id: string } | null;
  reasoning: { effort: unknown; summary: null };
  text: Record<string, unknown>;
  store: boolean;
  user: string | null;
}

export interface ResponseRequest {
  command: ResponseCommand;
  echo: ResponseEcho;
  /** Types of tools that OpenAI runs itself, and that this server does not have. */
  ignoredTools: string[];
}

/** OpenAI's limits: short texts under short names. */
export function readMetadata(value: Record<string, unknown> | null | undefined): Record<string, string> {
  const entries = Object.entries(value ?? {});
  const fits = entries.every(([key, text]) => key.length <= 64 && typeof text === 'string' && text.length <= 512);
  if (!fits || entries.length > MOST_METADATA) {
    refuse('metadata', `must hold ${MOST_METADATA} texts at most, of 512 characters under names of 64`);
  }
  return value as Record<string, string>;
}

/** The session behind the `conversation` of a request: an id of ours, as text or in an object. */
function conversationOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const id = isRecord(value) ? value['id'] : value;
  if (typeof id !== 'string' || id === '') return refuse('conversation', 'must be an id, or an object with one');
  const sessionId = uuidOf('conv', id) ?? (isUuid(id) ? id : undefined);
  if (sessionId) return sessionId;
  throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such conversation.', param: 'conversation' });
}

function previousOf(id: string | null | undefined): string | undefined {
  if (!id) return undefined;
  const previous = uuidOf('resp', id);
  if (previous) return previous;
  throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such response.', param: 'previous_response_id' });
}

/** `text.format` in the words of chat completions. */
function formatOf(text: Record<string, unknown> | null | undefined): Record<string, unknown> | undefined {
  const format = text?.['format'];
  if (format === undefined || format === null) return undefined;
  if (!isRecord(format)) return refuse('text.format', 'must be an object with a type');
  const { type, name, schema, strict, description } = format;
  if (type !== 'json_schema') return parseResponseFormat({ type });
  return parseResponseFormat({ type, json_schema: present({ name, schema, strict, description }) });
}

/** Only models that the caller chose are told how hard to think: those that a personality has may not know the word. */
function extraOf({ model, text, reasoning }: CreateResponseDto): Record<string, unknown> | undefined {
  const isNamed = Boolean(model) && !model?.startsWith('cozy/');
  const extra = present({
    verbosity: typeof text?.['verbosity'] === 'string' ? text['verbosity'] : undefined,
    reasoning_effort: isNamed && typeof reasoning?.['effort'] === 'string' ? reasoning['effort'] : undefined,
  });
  return Object.keys(extra).length > 0 ? extra : undefined;
}

function chatCommand(
  dto: CreateResponseDto,
  caller: { principal: Principal; requestId: string },
  messages: ChatMessage[],
): { chat: ChatCommand; tools: ReturnType<typeof readTools> } {
  const cozy = cozyFields(dto);
  const tools = readTools(dto.tools, dto.tool_choice);
  const chat = {
    ...caller,
    model: dto.model || undefined,
    messages,
    personalityId: cozy.personality_id || dto.personality_id || undefined,
    sessionId: sessionIdOf(cozy, dto),
    store: dto.store ?? true,
    allowedTools: cozy.allowed_tools ?? undefined,
    personalize: cozy.use_personalization !== false && dto.use_memory !== false,
    options: present({
      temperature: dto.temperature,
      topP: dto.top_p,
      maxTokens: dto.max_output_tokens || undefined,
      tools: tools.tools,
      toolChoice: tools.choice,
      parallelToolCalls: dto.parallel_tool_calls,
      responseFormat: formatOf(dto.text),
      extra: extraOf(dto),
    }),
  };
  return { chat, tools };
}

/** `input` may be missing where a conversation ends with something to be answered. */
function readItems(dto: CreateResponseDto, hasPlace: boolean, referenced: ReadonlyMap<string, object>): InputItem[] {
  if (dto.input !== undefined && dto.input !== null) return readInput(dto.input, 'input', referenced);
  if (hasPlace) return [];
  throw new CozyError('VALIDATION_FAILED', {
    message: 'One of input, previous_response_id and conversation must be given.',
    param: 'input',
  });
}

/** OpenAI's request, the engine's own fields included. Throws VALIDATION_FAILED. */
export function responseRequest(
  dto: CreateResponseDto,
  caller: { principal: Principal; requestId: string },
  referenced: ReadonlyMap<string, object>,
): ResponseRequest {
  const previousId = previousOf(dto.previous_response_id);
  const conversationId = conversationOf(dto.conversation);
  if (previousId && conversationId) refuse('previous_response_id', 'cannot be used together with conversation');
  const items = readItems(dto, Boolean(previousId ?? conversationId), referenced);
  const { chat, tools } = chatCommand(dto, caller, asMessages(items));
  if (chat.sessionId && (previousId ?? conversationId)) {
    refuse('session_id', 'cannot be used together with previous_response_id or conversation');
  }
  return {
    command: {
      chat,
      previousId,
      conversationId,
      instructions: dto.instructions || undefined,
      input: items.map(({ item }) => item),
    },
    ignoredTools: tools.ignored,
    echo: {
      ...echoOf(dto),
      tools: toolBodies(tools.tools),
      conversation: conversationBody(conversationId),
      store: chat.store,
    },
  };
}

const conversationBody = (sessionId: string | undefined) => (sessionId ? { id: wireId('conv', sessionId) } : null);

const orNull = <Value>(value: Value | null | undefined): Value | null => value ?? null;

const echoOf = (dto: CreateResponseDto): Omit<ResponseEcho, 'tools' | 'conversation' | 'store'> => ({
  instructions: orNull(dto.instructions),
  metadata: readMetadata(dto.metadata ?? {}),
  parallel_tool_calls: dto.parallel_tool_calls ?? true,
  temperature: orNull(dto.temperature),
  tool_choice: dto.tool_choice ?? 'auto',
  top_p: orNull(dto.top_p),
  max_output_tokens: dto.max_output_tokens || null,
  previous_response_id: orNull(dto.previous_response_id),
  reasoning: { effort: orNull(dto.reasoning?.['effort']), summary: null },
  text: { format: { type: 'text' }, ...dto.text },
  user: orNull(dto.user),
});
