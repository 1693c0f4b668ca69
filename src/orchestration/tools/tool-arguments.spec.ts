import { describe, expect, it } from 'vitest';
import type { Tool } from '../../engines/tools/tool.port.js';
import { ArgumentChecker, checkedObject, parseArguments } from './tool-arguments.js';

const tool = (parameters: Record<string, unknown>): Tool => ({
  name: 't',
  description: '',
  parameters,
  level: 'read_only',
  server: null,
});

const CITY = tool({
  type: 'object',
  properties: {
    city: { type: 'string', maxLength: 10 },
    days: { type: 'integer', minimum: 1, maximum: 7, default: 3 },
    units: { enum: ['metric', 'imperial'] },
  },
  required: ['city'],
  additionalProperties: false,
});

const problem = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
};

describe('parseArguments', () => {
  it.each([
    ['', {}],
    ['  ', {}],
    ['{}', {}],
    ['{"a":{"b":[1]}}', { a: { b: [1] } }],
  ])('%j', (text, value) => {
    expect(parseArguments(text)).toEqual(value);
  });

  it.each([
    ['{"a":', /not valid JSON/],
    ["{'a': 1}", /not valid JSON/],
    ['{"a":1}{"a":2}', /not valid JSON/],
    ['[1]', /one JSON object/],
    ['null', /one JSON object/],
    ['"text"', /one JSON object/],
    ['{"__proto__":{"admin":true}}', /__proto__/],
    ['{"a":[{"__proto__":1}]}', /__proto__/],
    [`{"a":"${'x'.repeat(70_000)}"}`, /longer than 65536/],
    [`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, /more than 32 levels/],
  ])('refuses %s', (text, expected) => {
    expect(problem(() => parseArguments(text))).toMatch(expected);
  });

  it('pollutes no prototype', () => {
    problem(() => parseArguments('{"constructor":{"prototype":{"polluted":1}}}'));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('ArgumentChecker', () => {
  const check = (subject: Tool, args: object) =>
    problem(() => new ArgumentChecker().check(subject, checkedObject(args)));

  it('fills in defaults', () => {
    const args = { city: 'Rome' };
    new ArgumentChecker().check(CITY, args);
    expect(args).toEqual({ city: 'Rome', days: 3 });
  });

  it.each<[object, RegExp]>([
    [{}, /must have required property 'city'/],
    [{ city: 5 }, /city must be string/],
    [{ city: 'x'.repeat(11) }, /city must NOT have more than 10 characters/],
    [{ city: 'Rome', days: 99 }, /days must be <= 7/],
    [{ city: 'Rome', days: 1e308 }, /days must be/],
    [{ city: 'Rome', units: 'feet' }, /units must be one of metric, imperial/],
    [{ city: 'Rome', country: 'IT' }, /has no field "country"/],
    [{ city: 'Rome', constructor: 1 }, /has no field "constructor"/],
  ])('says of %j what to change', (args, expected) => {
    expect(check(CITY, args)).toMatch(expected);
  });

  it('does not take what is inherited for given', () => {
    expect(check(tool({ type: 'object', required: ['toString'] }), {})).toMatch(/required property 'toString'/);
  });

  it.each([
    ['draft 7', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', required: ['a'] }],
    ['2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', required: ['a'] }],
    ['an id of its own', { $id: 'https://example.com/a', type: 'object', required: ['a'] }],
    ['a reference within', { $ref: '#/$defs/x', $defs: { x: { type: 'object', required: ['a'] } } }],
  ])('reads a schema of %s, again and again', (_name, schema) => {
    const checker = new ArgumentChecker();
    for (const subject of [tool(schema), tool(schema)]) {
      expect(problem(() => checker.check(subject, {}))).toMatch(/required property 'a'/);
      expect(problem(() => checker.check(subject, { a: 1 }))).toBeUndefined();
    }
  });

  it.each([
    ['a reference to elsewhere', { $ref: 'https://example.com/schema.json' }],
    ['nonsense', { type: 'banana' }],
  ])('calls a tool with %s unusable', (_name, schema) => {
    expect(check(tool(schema), {})).toMatch(/cannot be used/);
  });
});
