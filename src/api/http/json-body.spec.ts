import { describe, expect, it } from 'vitest';
import { boundedBody } from './json-body.js';

describe('boundedBody', () => {
  it('takes numbers as they come', () => {
    const body = { list: [0, -1, 1e20, 1.5e-20, 1.797e308], metadata: { smallest: 5e-324 } };
    expect(boundedBody(body)).toEqual(body);
  });

  // Bug: a body of 20 MB of such numbers becomes a JSON of 1 GB when it is read from the database.
  it.each([1e300, -1e300, 1e-300])('refuses many numbers such as %d, wherever they are', (number) => {
    const lists = { one: Array.from({ length: 60 }, () => number), other: [{ deep: [number] }] };
    expect(boundedBody(structuredClone(lists))).toEqual(lists);
    expect(() => boundedBody({ ...lists, third: lists.one })).toThrow('The body holds more than 100 numbers');
  });
});
