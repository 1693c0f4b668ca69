/**
 * Names of attributes, as OpenTelemetry's conventions for generative AI have them
 * (github.com/open-telemetry/semantic-conventions-genai, in development). What is not in them is named `cozy.*`.
 */
export const GEN_AI = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  isStream: 'gen_ai.request.stream',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  /** Seconds. */
  firstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  conversation: 'gen_ai.conversation.id',
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  toolName: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCall: 'gen_ai.tool.call.id',
  /** `memory` or `profile`: what an engine keeps of users. */
  memoryStore: 'gen_ai.memory.store.id',
  memoryRecords: 'gen_ai.memory.record.count',
} as const;
