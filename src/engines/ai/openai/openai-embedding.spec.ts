import { describe, expect, it } from 'vitest';
import { embeddingParams, embeddingResultOf } from './openai-embedding.js';

const request = { model: 'e', input: ['hello world', 'b'] };
const item = (index: unknown, ...embedding: unknown[]) => ({ index, embedding });

describe('embeddingParams', () => {
  it('asks for floats, with the default model where none is named', () => {
    expect(embeddingParams({ model: '', input: [[1]], dimensions: 2 }, 'd')).toEqual({
      model: 'd',
      input: [[1]],
      dimensions: 2,
      encoding_format: 'float',
    });
    expect(embeddingParams(request, 'd')).toEqual({ ...request, encoding_format: 'float' });
  });
});

describe('embeddingResultOf', () => {
  it.each<[string, unknown, unknown]>([
    [
      'in order',
      { data: [item(0, 1), item(1, 2)], model: 'x', usage: { prompt_tokens: 9 } },
      { model: 'x', vectors: [[1], [2]], promptTokens: 9 },
    ],
    [
      'out of order',
      { data: [item(1, 2), item(0, 1)], usage: { total_tokens: 9 } },
      { model: 'e', vectors: [[1], [2]], promptTokens: 9 },
    ],
    [
      'without indexes or counts',
      { data: [{ embedding: [1] }, { embedding: [2] }] },
      { model: 'e', vectors: [[1], [2]], promptTokens: 3 },
    ],
    [
      'with a count that is none',
      { data: [item(0, 1), item(1, 2)], usage: { prompt_tokens: -1.5 } },
      { model: 'e', vectors: [[1], [2]], promptTokens: 3 },
    ],
  ])('reads vectors %s', (_name, answer, expected) => {
    expect(embeddingResultOf(answer, request)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['no object', 'x'],
    ['no data', {}],
    ['too few', { data: [item(0, 1)] }],
    ['an index twice', { data: [item(0, 1), item(0, 2)] }],
    ['a wild index', { data: [item(0, 1), item(1e9, 2)] }],
    ['a negative index', { data: [item(0, 1), item(-1, 2)] }],
    ['base64', { data: [{ index: 0, embedding: 'AAAA' }, item(1, 2)] }],
    ['an empty vector', { data: [item(0), item(1, 2)] }],
    ['a vector of other things', { data: [item(0, 'x'), item(1, 2)] }],
  ])('refuses %s', (_name, answer) => {
    expect(() => embeddingResultOf(answer, request)).toThrow(
      expect.objectContaining({ name: 'ProtocolError' }) as Error,
    );
  });
});
