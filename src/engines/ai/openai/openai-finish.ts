import type { FinishReason, Usage } from '../../../core/domain/chat.js';
import type { ErrorCode } from '../../../core/errors/error-table.js';
import { isRecord } from '../../json-record.js';

/** Every name that OpenAI-compatible servers give to the four reasons, in lower case. Anything else is `stop`. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  max_length: 'length',
  tool_calls: 'tool_calls',
  tool_call: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  content_filtered: 'content_filter',
  safety: 'content_filter',
  recitation: 'content_filter',
  blocklist: 'content_filter',
  prohibited_content: 'content_filter',
  spii: 'content_filter',
  refusal: 'content_filter',
  sensitive: 'content_filter',
};

/** Reasons that are failures: the answer before them is not whole. */
const FAILURES: Readonly<Record<string, ErrorCode>> = {
  error: 'ENGINE_FAILED',
  insufficient_system_resource: 'ENGINE_RATE_LIMITED',
  network_error: 'ENGINE_STREAM_CUT',
  abort: 'ENGINE_STREAM_CUT',
};

/** The code of a `finish_reason` that means failure (OpenRouter, DeepSeek, vLLM). */
export function failureOfReason(reason: string): ErrorCode | undefined {
  const key = reason.toLowerCase();
  return Object.hasOwn(FAILURES, key) ? FAILURES[key] : undefined;
}

/**
 * A provider's `finish_reason` in OpenAI's words. Whether there were tool calls decides between `stop` and
 * `tool_calls`: several servers say `stop` after calls, OpenAI itself does when the call was forced.
 */
export function finishReasonOf(reason: string, hasToolCalls: boolean): FinishReason {
  const key = reason.toLowerCase();
  const known = Object.hasOwn(REASONS, key) ? REASONS[key] : undefined;
  if (known === 'length' || known === 'content_filter') return known;
  return hasToolCalls ? 'tool_calls' : 'stop';
}

/** The token counts of a chunk; null unless both are there. */
export function usageOf(raw: unknown): Usage | null {
  if (!isRecord(raw)) return null;
  const { prompt_tokens: prompt, completion_tokens: completion } = raw;
  if (!isCount(prompt) || !isCount(completion)) return null;
  const promptDetails = detailsOf(raw['prompt_tokens_details']);
  const completionDetails = detailsOf(raw['completion_tokens_details']);
  return {
    promptTokens: prompt,
    completionTokens: completion,
    estimated: false,
    ...(promptDetails !== undefined && { promptDetails }),
    ...(completionDetails !== undefined && { completionDetails }),
  };
}

/** As Postgres keeps it. */
const MOST_COUNTED = 2 ** 31 - 1;

/** Of tokens. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_COUNTED;
}

function detailsOf(value: unknown): Record<string, unknown> | undefined {
  return isRecord(value) && !Array.isArray(value) ? value : undefined;
}
