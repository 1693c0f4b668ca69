import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { ChatMessage } from '../../../core/domain/chat.js';
import type { AiRequest } from '../ai.port.js';

/** What some models refuse to be told, by OpenAI's names. */
export type RefusedParameter = 'temperature' | 'top_p' | 'max_tokens';

export const NONE_REFUSED: ReadonlySet<RefusedParameter> = new Set();

/** The hosts that know OpenAI's newest parameters and roles; compatible servers often know the older ones only. */
export function isOpenAiHost(baseUrl: string): boolean {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : '';
  return host === 'api.openai.com' || host.endsWith('.api.openai.com') || host.endsWith('.openai.azure.com');
}

/**
 * The body of a streamed chat request. Optional fields are there only when the caller gave them, since many servers
 * refuse what they do not know; messages are handed on by reference, so nothing is copied or serialised twice.
 *
 * @param refused what the model is known to refuse: left out where it is dispensable.
 */
export function chatParams(
  request: AiRequest,
  isOpenAi: boolean,
  refused: ReadonlySet<RefusedParameter> = NONE_REFUSED,
): ChatCompletionCreateParamsStreaming {
  const { maxTokens } = request;
  const limit =
    isOpenAi || refused.has('max_tokens') ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
  const params = {
    ...request.extra,
    model: request.model,
    messages: isOpenAi ? request.messages : withSystemRoles(request.messages),
    stream: true,
    stream_options: { include_usage: true },
    ...(maxTokens !== undefined && limit),
    ...samplingParams(request, refused),
    ...(request.stop !== undefined && { stop: request.stop }),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...(request.responseFormat !== undefined && { response_format: request.responseFormat }),
    ...toolParams(request),
  };
  // The port speaks OpenAI's own shapes with wider types than the SDK's unions.
  return params as ChatCompletionCreateParamsStreaming;
}

function samplingParams(
  { temperature, topP, dispensable = [] }: AiRequest,
  refused: ReadonlySet<RefusedParameter>,
): Record<string, number> {
  const leavesOut = (field: 'temperature' | 'topP', name: RefusedParameter) =>
    refused.has(name) && dispensable.includes(field);
  return {
    ...(temperature !== undefined && !leavesOut('temperature', 'temperature') && { temperature }),
    ...(topP !== undefined && !leavesOut('topP', 'top_p') && { top_p: topP }),
  };
}

/** `tool_choice` and `parallel_tool_calls` without tools are an error to OpenAI. */
function toolParams(request: AiRequest): Record<string, unknown> {
  if (request.tools === undefined || request.tools.length === 0) return {};
  return {
    tools: request.tools,
    ...(request.toolChoice !== undefined && { tool_choice: request.toolChoice }),
    ...(request.parallelToolCalls !== undefined && { parallel_tool_calls: request.parallelToolCalls }),
  };
}

/** `developer` is OpenAI's newer word for `system`. */
function withSystemRoles(messages: ChatMessage[]): ChatMessage[] {
  if (!messages.some(({ role }) => role === 'developer')) return messages;
  return messages.map((message) => (message.role === 'developer' ? { ...message, role: 'system' } : message));
}
