import type { EmbeddingCreateParams } from 'openai/resources/embeddings';
import { countTokens } from '../../../core/util/token-estimate.js';
import type { EmbeddingRequest, EmbeddingResult } from '../ai.port.js';
import { isRecord } from '../../json-record.js';
import { ProtocolError } from '../../openai/provider-failure.js';
import { isCount } from './openai-finish.js';

/** Floats, as the SDK's own default (base64) is unknown to many servers. */
export function embeddingParams(request: EmbeddingRequest, defaultModel: string): EmbeddingCreateParams {
  return {
    model: request.model === '' ? defaultModel : request.model,
    input: request.input,
    encoding_format: 'float',
    ...(request.dimensions !== undefined && { dimensions: request.dimensions }),
  };
}

/** The vectors in the order of the input. Throws a ProtocolError when there is not one for each. */
export function embeddingResultOf(answer: unknown, request: EmbeddingRequest): EmbeddingResult {
  const { data, model, usage } = isRecord(answer) ? answer : {};
  if (!Array.isArray(data) || data.length !== request.input.length) throw new ProtocolError('Embeddings are missing.');
  const vectors: number[][] = [];
  data.forEach((item: unknown, position) => {
    const { index, embedding } = isRecord(item) ? item : {};
    if (!isVector(embedding)) throw new ProtocolError('An embedding is not a list of numbers.');
    vectors[typeof index === 'number' ? index : position] = embedding;
  });
  // A repeated or wild index leaves a hole or a longer list.
  if (vectors.length !== data.length || Object.keys(vectors).length !== data.length) {
    throw new ProtocolError('Embeddings have wrong indexes.');
  }
  return { model: typeof model === 'string' ? model : request.model, vectors, promptTokens: tokensOf(usage, request) };
}

function tokensOf(usage: unknown, { input }: EmbeddingRequest): number {
  const tokens = isRecord(usage) ? (usage['prompt_tokens'] ?? usage['total_tokens']) : undefined;
  if (isCount(tokens)) return tokens;
  return input.reduce<number>((sum, item) => sum + (typeof item === 'string' ? countTokens(item) : item.length), 0);
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}
