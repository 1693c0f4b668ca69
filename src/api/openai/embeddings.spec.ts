import { describe, expect, it } from 'vitest';
import { encodeVectors, parseEmbeddingInput } from './embeddings.js';

describe('parseEmbeddingInput', () => {
  it.each([
    ['one text', 'hello', ['hello']],
    ['texts', ['a', 'b'], ['a', 'b']],
    ['token ids', [1, 2, 3], [[1, 2, 3]]],
    ['lists of token ids', [[1, 2], [0]], [[1, 2], [0]]],
  ])('reads %s', (_, input, expected) => {
    expect(parseEmbeddingInput(input)).toEqual(expected);
  });

  it.each([
    [''],
    [[]],
    [['']],
    [['a', '']],
    [['a', 1]],
    [[1.5]],
    [[-1]],
    [[[]]],
    [[['a']]],
    [[[1], 'a']],
    [5],
    [null],
    [{}],
    ['x'.repeat(200_001)],
    [Array.from({ length: 2049 }, () => 'x')],
  ])('refuses %j', (input) => {
    expect(() => parseEmbeddingInput(input)).toThrow(/^input must be a non-empty string/);
  });
});

describe('encodeVectors', () => {
  const vectors = [
    [0.5, -1, 3.25],
    [0, 1e-3, 2],
  ];

  it('numbers the vectors in their order', () => {
    const numbered = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
    expect(encodeVectors(vectors, undefined)).toEqual(numbered);
    expect(encodeVectors(vectors, 'float')).toEqual(numbered);
  });

  it('writes base64 of little-endian 32-bit floats, as OpenAI’s SDKs read it', () => {
    for (const [index, { embedding }] of encodeVectors(vectors, 'base64').entries()) {
      const bytes = Buffer.from(String(embedding), 'base64');
      const read = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
      expect(read).toEqual(vectors[index]?.map(Math.fround));
    }
  });
});
