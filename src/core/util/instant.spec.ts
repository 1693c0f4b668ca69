import { expect, it } from 'vitest';
import { instantOf } from './instant.js';

// In another zone than UTC: test/e2e/time-zone.test.ts.
it.each([
  ['2025-03-30T02:30:00', '2025-03-30T02:30:00.000Z'],
  ['2025-03-30 02:30', '2025-03-30T02:30:00.000Z'],
  ['2025-03-30T02:30:00.123456', '2025-03-30T02:30:00.123Z'],
  ['2025-03-30', '2025-03-30T00:00:00.000Z'],
  ['2025-03-30T02:30:00Z', '2025-03-30T02:30:00.000Z'],
  ['2025-03-30T02:30:00+01:00', '2025-03-30T01:30:00.000Z'],
  ['2025-03-30T02:30:00-0330', '2025-03-30T06:00:00.000Z'],
  ['Wed, 01 Jan 2025 10:00:00 GMT', '2025-01-01T10:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(instantOf(text)?.toISOString()).toBe(expected);
});

it.each(['', 'tomorrow', '2025-W10-1', '2025-13-01T00:00:00', '2025-03-30T02'])('%j is none', (text) => {
  expect(instantOf(text)).toBeUndefined();
});
