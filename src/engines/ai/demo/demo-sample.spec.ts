import { describe, expect, it } from 'vitest';
import { sampleOf } from './demo-sample.js';

describe('sampleOf', () => {
  it.each<[unknown, unknown]>([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', minLength: 6 }, 'text..'],
    [{ type: 'string', maxLength: 2 }, 'te'],
    [{ type: 'string', format: 'date' }, '2026-01-01'],
    [{ type: 'string', format: 'toString' }, 'text'],
    [{ type: 'integer' }, 1],
    [{ type: 'integer', minimum: 5 }, 5],
    [{ type: 'integer', maximum: -3 }, -3],
    [{ type: 'integer', exclusiveMinimum: 5 }, 6],
    [{ type: 'integer', minimum: 1.5 }, 2],
    [{ type: 'integer', minimum: 10, multipleOf: 4 }, 12],
    [{ type: 'number', exclusiveMaximum: 0 }, -0.5],
    [{ type: 'number', minimum: 0.25 }, 0.25],
    [{ type: 'boolean' }, true],
    [{ type: 'null' }, null],
    [{ type: ['null', 'string'] }, 'text'],
    [{ const: 7 }, 7],
    [{ enum: ['a', 'b'] }, 'a'],
    [{ type: 'string', default: 'd' }, 'd'],
    [{ type: 'array', items: { type: 'integer' } }, [1]],
    [{ type: 'array', items: { type: 'integer' }, minItems: 3 }, [1, 1, 1]],
    [{ type: 'array', maxItems: 0 }, []],
    [{ prefixItems: [{ type: 'boolean' }, { type: 'null' }] }, [true, null]],
    [{ type: 'object' }, {}],
    [
      { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
      { city: 'city', days: 1 },
    ],
    [{ properties: { city: { type: 'string' }, days: {} }, required: ['city'] }, { city: 'city' }],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, 1],
    [{ oneOf: [{ const: 'x' }] }, 'x'],
    [{ $ref: '#/$defs/Step', $defs: { Step: { type: 'boolean' } } }, true],
    [
      {
        allOf: [{ properties: { a: { type: 'integer' } }, required: ['a'] }, { $ref: '#/$defs/B' }],
        $defs: { B: { properties: { b: { type: 'boolean' } }, required: ['b'] } },
      },
      { a: 1, b: true },
    ],
    [undefined, 'text'],
    [true, 'text'],
  ])('%j', (schema, expected) => {
    expect(sampleOf(schema)).toEqual(expected);
  });

  it('ends schemas that refer to themselves', () => {
    const tree = { type: 'object', properties: { child: { $ref: '#' } }, required: ['child'] };
    expect(JSON.stringify(sampleOf(tree))).toContain('null');
  });
});
