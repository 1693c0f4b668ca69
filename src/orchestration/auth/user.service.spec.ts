import { describe, expect, it } from 'vitest';
import { mergePreferences } from './user.service.js';

describe('mergePreferences', () => {
  it.each([
    ['a new key', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    ['a changed key', { a: 1 }, { a: 2 }, { a: 2 }],
    ['null', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    ['null for nothing', { a: 1 }, { b: null }, { a: 1 }],
    ['a tree', { a: { b: 1, c: { d: 2 } } }, { a: { c: { e: 3 } } }, { a: { b: 1, c: { d: 2, e: 3 } } }],
    ['null far down', { a: { b: { c: 1, d: 2 } } }, { a: { b: { c: null } } }, { a: { b: { d: 2 } } }],
    ['a tree in place of a value', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
    ['a value in place of a tree', { a: { b: 2 } }, { a: 1 }, { a: 1 }],
    ['nulls within a new tree', {}, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    ['a list', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['a list of trees', { a: [{ b: 1 }] }, { a: [{ c: null }] }, { a: [{ c: null }] }],
    ['false, 0 and ""', { a: true, b: 1, c: 'x' }, { a: false, b: 0, c: '' }, { a: false, b: 0, c: '' }],
    ['nothing', { a: 1 }, {}, { a: 1 }],
  ])('%s', (_, current, change, expected) => {
    expect(mergePreferences(current, change)).toEqual(expected);
  });

  it('leaves what it was given as it was', () => {
    const current = { a: { b: 1 } };
    mergePreferences(current, { a: { b: null, c: 2 } });
    expect(current).toEqual({ a: { b: 1 } });
  });

  it('takes __proto__ for a word like others', () => {
    const change = JSON.parse('{"__proto__": {"polluted": true}, "a": {"__proto__": {"polluted": true}}}') as object;
    const merged = mergePreferences({ a: {} }, { ...change });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((merged['a'] as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
