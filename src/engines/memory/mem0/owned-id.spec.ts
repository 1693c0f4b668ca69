import { describe, expect, it } from 'vitest';
import { OwnedIds } from './owned-id.js';

const ids = new OwnedIds('key');

describe('OwnedIds', () => {
  it.each(['3f1c', 'a.b', 'x'.repeat(100)])('opens for its user what it has signed: %s', (id) => {
    expect(ids.open('ana', ids.sign('ana', id))).toBe(id);
  });

  it('opens nothing else', () => {
    const signed = ids.sign('ana', 'one');
    expect(ids.open('bob', signed)).toBeUndefined();
    expect(new OwnedIds('other').open('ana', signed)).toBeUndefined();
    expect(ids.open('ana', signed.replace('one', 'two'))).toBeUndefined();
    expect(ids.open('ana', `${signed}x`)).toBeUndefined();
    for (const text of ['', '.', 'one', 'one.', '.one']) expect(ids.open('ana', text)).toBeUndefined();
  });

  it('keeps user and memory apart, however they are cut', () => {
    expect(ids.sign('ab', 'c').split('.')[1]).not.toBe(ids.sign('a', 'bc').split('.')[1]);
  });
});
