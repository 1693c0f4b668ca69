import { validateSync } from 'class-validator';
import type { Principal } from '../../core/domain/principal.js';
import type { ChatCommand, ModelOptions } from '../../orchestration/chat/chat-command.js';
import { readDto, validationError } from '../dto/dto.pipe.js';
import { type ChatCompletionDto, CozyFieldsDto } from './chat.dto.js';
import { parseMessages } from './messages.js';
import { parseResponseFormat, parseStop, parseToolChoice, parseTools } from './tools.js';

/** The CozyChat web app has no session yet when it says this. */
const NO_SESSION = 'default';

export function cozyFields(dto: Pick<ChatCompletionDto, 'cozy'>): CozyFieldsDto {
  const fields = readDto(CozyFieldsDto, dto.cozy ?? {});
  const errors = validateSync(fields, { forbidUnknownValues: false });
  if (errors.length > 0) throw validationError([{ property: 'cozy', children: errors }]);
  return fields;
}

export const present = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as T;

function modelOptions(dto: ChatCompletionDto): ModelOptions {
  const tools = parseTools(dto.tools);
  const extra = present({
    frequency_penalty: dto.frequency_penalty,
    presence_penalty: dto.presence_penalty,
    logit_bias: dto.logit_bias,
    reasoning_effort: dto.reasoning_effort,
    verbosity: dto.verbosity,
  });
  return present({
    temperature: dto.temperature,
    topP: dto.top_p,
    maxTokens: dto.max_completion_tokens || dto.max_tokens || undefined,
    stop: parseStop(dto.stop),
    seed: dto.seed,
    tools,
    toolChoice: parseToolChoice(dto.tool_choice, tools),
    parallelToolCalls: dto.parallel_tool_calls,
    responseFormat: parseResponseFormat(dto.response_format),
    extra: Object.keys(extra).length > 0 ? extra : undefined,
  });
}

/** The session that a request names, in either place. */
export function sessionIdOf(cozy: CozyFieldsDto, dto: Pick<ChatCompletionDto, 'session_id'>): string | undefined {
  const sessionId = cozy.session_id || dto.session_id;
  return !sessionId || sessionId === NO_SESSION ? undefined : sessionId;
}

/** OpenAI's request, the engine's own fields included, as a command. Throws VALIDATION_FAILED. */
export function chatCommand(dto: ChatCompletionDto, principal: Principal, requestId: string): ChatCommand {
  const cozy = cozyFields(dto);
  return {
    requestId,
    principal,
    model: dto.model || undefined,
    messages: parseMessages(dto.messages),
    personalityId: cozy.personality_id || dto.personality_id || undefined,
    sessionId: sessionIdOf(cozy, dto),
    store: dto.store ?? false,
    allowedTools: cozy.allowed_tools ?? undefined,
    isWhole: dto.stream !== true,
    personalize: cozy.use_personalization !== false && dto.use_memory !== false,
    options: modelOptions(dto),
  };
}

/** Tells the CozyChat web app by its requests: it names the session at the top level and never a model. */
export const isCozyChatApp = (dto: ChatCompletionDto): boolean =>
  dto.stream === true && Boolean(dto.session_id) && !dto.model;
