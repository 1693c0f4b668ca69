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

describe('a schema from elsewhere', () => {
  const foreign = (parameters: Record<string, unknown>): Tool => ({ ...tool(parameters), server: 'files' });
  const check = (subject: Tool, args: object) => problem(() => new ArgumentChecker().check(subject, { ...args }));
  const EVIL = '^(\\w+\\s?)*$';
  const LONG = `${'a'.repeat(31)}!`;
  const inTime = (run: () => unknown): unknown => {
    const startedAt = performance.now();
    const outcome = run();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    return outcome;
  };
  const deep = (levels: number): object => (levels === 0 ? {} : { child: deep(levels - 1) });
  const child = { properties: { child: { $ref: '#/$defs/node' } } };

  it.each<[string, Record<string, unknown>, object]>([
    ['a pattern', { properties: { a: { type: 'string', pattern: EVIL } } }, { a: LONG }],
    ['a pattern of names', { propertyNames: { pattern: EVIL } }, { [LONG]: 1 }],
    ['patternProperties', { patternProperties: { [EVIL]: { type: 'string' } } }, { [LONG]: 1 }],
    [
      'patternProperties beside additionalProperties',
      { patternProperties: { [EVIL]: true }, additionalProperties: false },
      { [LONG]: 1 },
    ],
    [
      'a pattern behind a reference to an example',
      { properties: { a: { $ref: '#/examples/0' } }, examples: [{ pattern: EVIL }] },
      { a: LONG },
    ],
    ['uniqueItems', { properties: { a: { uniqueItems: true } } }, { a: Array.from({ length: 60_000 }, (_, at) => at) }],
  ])('does not hang on %s', (_name, schema, args) => {
    expect(inTime(() => check(foreign({ type: 'object', ...schema }), args))).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, object]>([
    ['doubles with every level of the arguments', { $defs: { node: { allOf: [child, child] } } }, deep(31)],
    [
      'doubles by a name',
      {
        $defs: {
          node: { $dynamicAnchor: 'n', allOf: [1, 2].map(() => ({ properties: { child: { $dynamicRef: '#n' } } })) },
        },
      },
      deep(31),
    ],
    ['refers to itself for ever', { $defs: { node: { $ref: '#/$defs/node' } } }, {}],
    ['refers to itself twice for ever', { $defs: { node: { anyOf: [{ $ref: '#/$defs/node' }, { $ref: '#' }] } } }, {}],
  ])('that %s is given up', (_name, schema, args) => {
    const subject = foreign({ type: 'object', ...schema, $ref: '#/$defs/node' });
    expect(inTime(() => check(subject, args))).toMatch(/cannot be used/);
  });

  const list = (items: Record<string, unknown>) => foreign({ type: 'object', properties: { a: { items } } });
  const many = (count: number) => ({ a: Array.from({ length: count }, () => 1) });
  const branches = (count: number) => Array.from({ length: count }, () => ({ type: 'string' }));

  it.each<[string, Record<string, unknown>, number, RegExp]>([
    ['with a problem for each pair of value and part', { allOf: branches(1400) }, 30_000, /too many values/],
    ['with a problem for some of them', { allOf: branches(100) }, 10_000, /wrong: a.0 must be string/],
    ['with branches that nothing fits', { anyOf: [...branches(1400), {}] }, 30_000, /too many values/],
    ['with branches that some fit', { anyOf: [...branches(100), {}] }, 10_000, /undefined/],
    ['with many words', { enum: Array.from({ length: 6000 }, (_, at) => at + 2) }, 30_000, /too many values/],
  ])('does not gather problems without end: %s', (_name, items, count, expected) => {
    const outcome = inTime(() => check(list(items), many(count)));
    expect(String(outcome)).toMatch(expected);
  });

  it('may refer to itself', () => {
    const subject = foreign({ ...child, additionalProperties: false, $defs: { node: { $ref: '#' } } });
    expect(check(subject, deep(31))).toBeUndefined();
    expect(check(subject, { child: { child: { other: 1 } } })).toMatch(/child.child has no field "other"/);
  });

  it.each<[string, Record<string, unknown>, object]>([
    ['additionalProperties', { patternProperties: { '^x-': {} }, additionalProperties: false }, { 'x-1': 1 }],
    ['unevaluatedProperties', { patternProperties: { '^x-': {} }, unevaluatedProperties: false }, { 'x-1': 1 }],
    ['not', { properties: { a: { not: { pattern: '^-' } } } }, { a: 'b' }],
    ['oneOf', { properties: { a: { oneOf: [{ pattern: '^a' }, { pattern: '^b' }] } } }, { a: 'b' }],
    ['if', { if: { properties: { a: { not: { pattern: '^a' } } } }, else: false }, { a: 'b' }],
    ['contains', { properties: { a: { contains: { pattern: '^a' }, maxContains: 1 } } }, { a: ['a', 'b'] }],
  ])('refuses nothing by %s that is right once its patterns are read', (_name, schema, args) => {
    expect(check(tool({ type: 'object', ...schema }), args)).toBeUndefined();
    expect(check(foreign({ type: 'object', ...schema }), args)).toBeUndefined();
    expect(check(foreign({ type: 'object', ...schema, required: ['c'] }), args)).toMatch(/required property 'c'/);
  });

  it('without patterns is checked whole', () => {
    const subject = foreign({
      type: 'object',
      properties: { a: { not: { const: 1 } }, b: { oneOf: [{ type: 'number' }, { type: 'integer' }] } },
      unevaluatedProperties: false,
    });
    expect(check(subject, { a: 1, b: 1, c: 1 })).toMatch(/a must NOT be valid; b must match exactly one.*"c"/);
  });

  it('may have properties that are called like what is passed over', () => {
    const properties = { pattern: { type: 'string' }, uniqueItems: { type: 'boolean' } };
    const subject = foreign({ type: 'object', properties, required: ['pattern'], additionalProperties: false });
    expect(check(subject, { pattern: '*', uniqueItems: true })).toBeUndefined();
    expect(check(subject, { uniqueItems: 1 })).toMatch(/required property 'pattern'; uniqueItems must be boolean/);
  });

  it('is passed on to models as it is', () => {
    const parameters = { type: 'object', properties: { a: { pattern: '^a' } } };
    const subject = foreign(structuredClone(parameters));
    check(subject, { a: 'b' });
    expect(subject.parameters).toEqual(parameters);
  });

  it('of our own is checked whole', () => {
    const own = tool({ type: 'object', properties: { a: { pattern: '^a$' }, b: { uniqueItems: true } } });
    expect(check(own, { a: 'b', b: [1, 1] })).toMatch(/a must match pattern.*; b must NOT have duplicate items/);
  });
});

describe('arguments of an API call', () => {
  it('are bounded in size as those of a model', () => {
    expect(problem(() => checkedObject({ a: 'x'.repeat(65_537) }))).toMatch(/longer than 65536/);
    expect(problem(() => checkedObject({ a: Array.from({ length: 40_000 }, () => 1) }))).toMatch(/longer than 65536/);
    expect(checkedObject({ a: 'x'.repeat(65_000) })).toHaveProperty('a');
  });
});
