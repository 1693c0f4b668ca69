import { describe, expect, it } from 'vitest';
import { deepFreeze, isEmptyAnswer, packed, unpacked } from './cached-value.js';

describe('packed and unpacked', () => {
  it.each([
    [[]],
    [''],
    ['text'],
    [null],
    [[{ id: 'a', score: 0.5, createdAt: new Date('2026-01-02'), sessionId: null, nested: [{ since: new Date(0) }] }]],
    [{ text: '{"$date":5}', date: '2026-01-02T00:00:00.000Z', odd: { $date: 'text' } }],
  ])('give back what was given: %j', (value) => {
    expect(unpacked(packed(value, 7))).toEqual({ value, expiresAt: 7 });
  });

  it.each(['', '{', 'null', '{}', '[]', '{"value":1}', '{"expiresAt":1}'])('know nothing of %j', (text) => {
    expect(unpacked(text)).toBeUndefined();
  });
});

describe('deepFreeze', () => {
  it('lets nobody change anything', () => {
    const value = deepFreeze([{ tags: ['a'], date: new Date(0), bytes: new Uint8Array(2) }]);
    expect(() => value.push(...value)).toThrow(TypeError);
    expect(() => value[0]?.tags.push('b')).toThrow(TypeError);
    expect(() => Object.assign(value[0] ?? {}, { tags: [] })).toThrow(TypeError);
  });
});

describe('isEmptyAnswer', () => {
  it.each([[[]], [''], [null], [undefined]])('%j is empty', (value) => expect(isEmptyAnswer(value)).toBe(true));
  it.each([[[0]], ['x'], [0], [{}]])('%j is not', (value) => expect(isEmptyAnswer(value)).toBe(false));
});
