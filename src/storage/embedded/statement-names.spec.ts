import { expect, it } from 'vitest';
import { prefixNames, statementUse } from './statement-names.js';
import { closeStatement, message, query, SYNC, type Frame } from './wire-protocol.js';

const none = Buffer.alloc(4);
const S = Buffer.from('S');
const P = Buffer.from('P');

function frame(bytes: Buffer): Frame {
  return { type: bytes.toString('latin1', 0, 1), bytes };
}

it.each([
  ['Parse', message('P', 'a', 'select 1', none), message('P', 'p_a', 'select 1', none)],
  ['Parse without a name', message('P', '', 'select 1', none), message('P', '', 'select 1', none)],
  ['Bind with both', message('B', 'x', 'a', none), message('B', 'p_x', 'p_a', none)],
  ['Bind with a statement', message('B', '', 'a', none), message('B', '', 'p_a', none)],
  ['Bind with a portal', message('B', 'x', '', none), message('B', 'p_x', '', none)],
  ['Bind with neither', message('B', '', '', none), message('B', '', '', none)],
  ['Describe of a statement', message('D', S, 'a'), message('D', S, 'p_a')],
  ['Describe of the unnamed portal', message('D', P, ''), message('D', P, '')],
  ['Execute', message('E', 'x', none), message('E', 'p_x', none)],
  ['Close', closeStatement('a'), closeStatement('p_a')],
  ['Query', query('a'), query('a')],
  ['Sync', SYNC, SYNC],
])('puts the prefix into %s', (_, bytes, expected) => {
  expect(prefixNames(frame(bytes), 'p_')).toEqual(frame(expected));
});

it.each([
  ['Parse', message('P', 'a', 'select 1', none), { action: 'prepare', name: 'a' }],
  ['Parse without a name', message('P', '', 'select 1', none), null],
  ['Close', closeStatement('a'), { action: 'close', name: 'a' }],
  ['Close of a portal', message('C', P, 'a'), null],
  ['Describe', message('D', S, 'a'), null],
  ['Query', query('a'), null],
])('sees what becomes of a statement in %s', (_, bytes, expected) => {
  expect(statementUse(frame(bytes))).toEqual(expected);
});
