import { describe, expect, it } from 'vitest';
import { checkedSchema } from './tool-schema.js';

const nested = (levels: number): object => (levels === 0 ? {} : { properties: { a: nested(levels - 1) } });
const remote = 'its input schema refers to another document';

describe('The input schema of a tool', () => {
  it.each([
    [undefined, { type: 'object', properties: {} }],
    [{}, { type: 'object' }],
    [
      { type: 'object', required: ['a'] },
      { type: 'object', required: ['a'] },
    ],
    [
      { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } },
      { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } },
    ],
    [
      { type: 'object', properties: { $ref: { type: 'string' } } },
      { type: 'object', properties: { $ref: { type: 'string' } } },
    ],
  ])('is passed on: %j', (input, schema) => {
    expect(checkedSchema(input)).toEqual({ schema });
  });

  it.each([
    [null, 'its input schema is not an object'],
    [[], 'its input schema is not an object'],
    ['object', 'its input schema is not an object'],
    [{ type: 'array' }, 'its input schema is not that of an object'],
    [{ type: ['object', 'null'] }, 'its input schema is not that of an object'],
    [{ $ref: 'https://example.com/schema.json' }, remote],
    [{ properties: { a: { $ref: 'file:///etc/passwd' } } }, remote],
    [{ properties: { a: { $ref: 'other.json#/a' } } }, remote],
    [{ anyOf: [{ $dynamicRef: 'http://example.com/#a' }] }, remote],
    [{ properties: { default: { $ref: 'http://169.254.169.254/' } } }, remote],
    [{ description: 'd'.repeat(40_000) }, 'its input schema is too large'],
    [nested(50), 'its input schema is nested too deeply'],
    [nested(4000), 'its input schema is nested too deeply'],
  ])('is refused', (input, problem) => {
    expect(checkedSchema(input)).toEqual({ problem });
  });
});
