import { CozyError } from '../../core/errors/cozy.error.js';

const MAX_INPUTS = 2048;
const MAX_TEXT = 200_000;
const MAX_TOKENS = 8192;

const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= MAX_TOKENS &&
  value.every((token) => Number.isInteger(token) && (token as number) >= 0);
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT;

/** A text, texts, token ids or lists of token ids, as OpenAI takes them. */
export function parseEmbeddingInput(input: unknown): string[] | number[][] {
  if (isText(input)) return [input];
  if (isTokens(input)) return [input];
  if (Array.isArray(input) && input.length > 0 && input.length <= MAX_INPUTS) {
    if (input.every(isText)) return input;
    if (input.every(isTokens)) return input;
  }
  throw new CozyError('VALIDATION_FAILED', {
    message: `input must be a non-empty string, or a list of 1 to ${MAX_INPUTS} non-empty strings or lists of token ids.`,
    param: 'input',
  });
}

/** OpenAI's SDKs ask for base64 (little-endian 32-bit floats) unless told otherwise. */
export function encodeVectors(vectors: number[][], format: 'float' | 'base64' | undefined) {
  return vectors.map((vector, index) => ({
    object: 'embedding' as const,
    index,
    embedding: format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
  }));
}
