import { expect, it } from 'vitest';
import { parseSessionStatement, sessionStatementOf, withoutSideEffects } from './session-statements.js';
import { message, query, type Frame } from './wire-protocol.js';

function frame(bytes: Buffer): Frame {
  return { type: bytes.toString('latin1', 0, 1), bytes };
}

it.each([
  ['LISTEN News', { kind: 'listen', channel: 'news' }],
  [' listen "News";', { kind: 'listen', channel: 'News' }],
  ['listen "a""b"', { kind: 'listen', channel: 'a"b' }],
  ['listen _a$1', { kind: 'listen', channel: '_a$1' }],
  ['LISTEN grüße', { kind: 'listen', channel: 'grüße' }],
  [`listen ${'a'.repeat(70)}`, { kind: 'listen', channel: 'a'.repeat(63) }],
  ['-- Jobs.\n-- For "all";\nLISTEN jobs;\n', { kind: 'listen', channel: 'jobs' }],
  ['/* jobs * */ listen jobs -- the end', { kind: 'listen', channel: 'jobs' }],
  ['-- listen a', null],
  ['/* listen a */', null],
  ['/* */ select 1', null],
  ['unlisten *', { kind: 'unlisten', channel: null }],
  ['UNLISTEN news ;', { kind: 'unlisten', channel: 'news' }],
  ['discard all', { kind: 'discard' }],
  ['DEALLOCATE ALL', { kind: 'deallocate' }],
  ['deallocate prepare all;', { kind: 'deallocate' }],
  ['deallocate a', null],
  ['discard plans', null],
  ['listen a; listen b', null],
  ["select 'listen a'", null],
  ['notify a', null],
  ['', null],
])('understands %j', (sql, expected) => {
  expect(parseSessionStatement(sql)).toEqual(expected);
});

it('looks into Query and Parse only, and not into long texts', () => {
  const none = Buffer.alloc(2);
  expect(sessionStatementOf(frame(query('listen a')))).toEqual({ kind: 'listen', channel: 'a' });
  expect(sessionStatementOf(frame(message('P', 'name', 'listen a', none)))).toEqual({ kind: 'listen', channel: 'a' });
  expect(sessionStatementOf(frame(message('B', 'listen a', '')))).toBeNull();
  expect(sessionStatementOf(frame(query(`listen a${' '.repeat(1000)}`)))).toBeNull();
});

it.each([
  ['listen', query('listen a'), query('listen a')],
  ['unlisten', query('unlisten *'), query('UNLISTEN "_"')],
  [
    'unlisten, prepared',
    message('P', 'n', 'unlisten a', Buffer.alloc(2)),
    message('P', 'n', 'UNLISTEN "_"', Buffer.alloc(2)),
  ],
  ['discard', query('discard all'), query('DISCARD PLANS')],
])('spares the other connections: %s', (_, bytes, expected) => {
  // prettier-ignore
  const statement = sessionStatementOf(frame(bytes));
  expect(statement && withoutSideEffects(frame(bytes), statement).bytes).toEqual(expected);
});
