import { describe, expect, it } from 'vitest';
import { requestIdFrom } from './request-id.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('requestIdFrom', () => {
  it.each(['a', '0', 'A.b_c-9', 'x'.repeat(128)])('keeps the caller’s %s', (id) => {
    expect(requestIdFrom(id)).toBe(id);
  });

  it.each([undefined, '', 'x'.repeat(129), 'a b', 'a\n', 'a/b', 'ä', '"', ['a', 'b'], []])(
    'makes a new UUID for %j',
    (header) => {
      expect(requestIdFrom(header)).toMatch(UUID);
    },
  );
});
