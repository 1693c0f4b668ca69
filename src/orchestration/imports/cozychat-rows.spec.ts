import { describe, expect, it } from 'vitest';
import { instantOf, messageId } from './cozychat-rows.js';

describe('a time of CozyChat', () => {
  it.each([
    ['2024-06-01T10:00:00', '2024-06-01T10:00:00.000Z'],
    ['2024-06-01 10:00:00.123456', '2024-06-01T10:00:00.123Z'],
    ['2024-06-01T10:00:00Z', '2024-06-01T10:00:00.000Z'],
    ['2024-06-01T10:00:00+08:00', '2024-06-01T02:00:00.000Z'],
    ['2024-06-01T10:00:00+00', null],
    ['soon', null],
    [5, null],
    [null, null],
  ])('%j is %j', (text, instant) => {
    expect(instantOf(text)).toBe(instant);
  });
});

describe('the id of a message', () => {
  it('is the same for the same message, and another for another', () => {
    const at = '2024-06-01T10:00:00.000Z';
    expect(messageId('a', at)).toBe(messageId('a', at));
    expect(messageId('a', at)).not.toBe(messageId('b', at));
  });

  it('is in the order of time', () => {
    const ids = ['2024-06-01T10:00:00.001Z', '2024-06-01T10:00:00.002Z', '2025-01-01T00:00:00.000Z'].map((at, index) =>
      messageId(`m${9 - index}`, at),
    );
    expect(ids.toSorted()).toEqual(ids);
  });
});
