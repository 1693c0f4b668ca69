import { describe, expect, it } from 'vitest';
import { shownToApprovers } from './approval-arguments.js';

describe('shownToApprovers', () => {
  it('hides secrets and shows the rest to its last character', () => {
    const command = `ls ${'-l '.repeat(400)}; rm -rf /`;
    expect(shownToApprovers({ command, password: 'x', list: [1, { a: 'b' }] })).toEqual({
      command,
      password: '[redacted]',
      list: [1, { a: 'b' }],
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['too long', { command: 'x'.repeat(9000) }],
    ['a long list', { paths: Array.from({ length: 101 }, () => 'a') }],
    ['too deep', JSON.parse(`${'{"a":'.repeat(25)}1${'}'.repeat(25)}`) as Record<string, unknown>],
  ])('refuses what is %s to be seen by anybody', (_name, args) => {
    expect(() => shownToApprovers(args)).toThrow(/must be approved by a person/);
  });
});
