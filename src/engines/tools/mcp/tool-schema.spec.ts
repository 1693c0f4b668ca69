import { describe, expect, it } from 'vitest';
import { checkedSchema } from './tool-schema.js';

const nested = (levels: number): object => (levels === 0 ? {} : { properties: { a: nested(levels - 1) } });
const twice = (target: string) => ({ allOf: [{ $ref: `#/$defs/${target}` }, { $ref: `#/$defs/${target}` }] });
const chain = (length: number) => ({
  $defs: Object.fromEntries(
    Array.from({ length }, (_, at) => [`n${at}`, at === length - 1 ? { type: 'object' } : twice(`n${at + 1}`)]),
  ),
  $ref: '#/$defs/n0',
});
const long = (length: number) => ({
  $defs: Object.fromEntries(Array.from({ length }, (_, at) => [at, { $ref: `#/$defs/${at + 1}` }])),
});
const tree = {
  properties: { left: { $ref: '#' }, right: { $ref: '#/properties/left' }, 'a/b c~': { type: 'string' } },
};
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

  it.each([
    ['a chain that doubles 30 times', chain(30)],
    ['a chain that doubles 12 times', chain(12)],
    [
      'a large part in many places',
      {
        $defs: { big: { enum: Array.from({ length: 500 }, () => ({})) } },
        anyOf: Array.from({ length: 30 }, () => ({ $ref: '#/$defs/big' })),
      },
    ],
  ])('does not explode by its references: %s', (_name, input) => {
    const problem = 'its input schema grows too large by its references';
    expect(checkedSchema(structuredClone(input))).toEqual({ problem });
  });

  it.each([
    ['that double a few times', chain(8)],
    ['in a long row', long(700)],
    ['to itself', tree],
    ['to nothing and by name', { allOf: [{ $ref: '#/nowhere/1' }, { $ref: '#name' }, { $ref: '#/%ZZ' }] }],
    ['with escaped names', { ...tree, not: { $ref: '#/properties/a~1b%20c~0' } }],
  ])('may hold references %s', (_name, input) => {
    expect(checkedSchema(input)).toEqual({ schema: { ...input, type: 'object' } });
  });
});
