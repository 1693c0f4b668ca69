import { describe, expect, it } from 'vitest';
import {
  backendKeyData,
  errorResponse,
  FrameReader,
  message,
  parameterStatuses,
  parseStartup,
  query,
  readyForQuery,
  splitAnswer,
  startup,
  SYNC,
} from './wire-protocol.js';

function read(chunks: Buffer[]): string[] {
  const reader = new FrameReader();
  const seen: string[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let frame = reader.next(); frame; frame = reader.next()) seen.push(`${frame.type}${frame.bytes.length}`);
  }
  return seen;
}

function requestWithCode(code: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(8, 0);
  bytes.writeInt32BE(code, 4);
  return bytes;
}

describe('FrameReader', () => {
  const stream = Buffer.concat([query('select 1'), SYNC, query('x'.repeat(100_000)), SYNC]);
  const whole = ['Q14', 'S5', 'Q100006', 'S5'];

  it.each([1, 2, 3, 4, 5, 6, 7, 64, 8192, 1_000_000])('cuts the same messages out of chunks of %i bytes', (size) => {
    const chunks: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
    expect(read(chunks)).toEqual(whole);
  });

  it('reads the startup message and goes on with ordinary ones', () => {
    const reader = new FrameReader();
    reader.push(Buffer.concat([startup({ user: 'a' }), SYNC]));
    expect(reader.nextStartup()).toEqual({ kind: 'startup', parameters: new Map([['user', 'a']]) });
    expect(reader.next()?.type).toBe('S');
    expect(reader.next()).toBeNull();
  });

  it.each([
    ['too short', Buffer.from([0x51, 0, 0, 0, 3])],
    ['negative', Buffer.from([0x51, 255, 255, 255, 255])],
    ['over 1 GiB', Buffer.from([0x51, 0x7f, 0, 0, 0])],
  ])('refuses a length that is %s', (_, bytes) => {
    expect(() => read([bytes])).toThrow(/message length/);
  });
});

describe('parseStartup', () => {
  it.each([
    ['TLS', requestWithCode(80877103), { kind: 'encryption' }],
    ['GSS', requestWithCode(80877104), { kind: 'encryption' }],
    ['cancel', requestWithCode(80877102), { kind: 'cancel' }],
    ['none', startup({}), { kind: 'startup', parameters: new Map() }],
    ['some', startup({ user: 'u', options: '' }), { kind: 'startup', parameters: new Map([['user', 'u'], ['options', '']]) }], // prettier-ignore
  ])('reads a request: %s', (_, bytes, expected) => {
    expect(parseStartup(bytes)).toEqual(expected);
  });

  it.each([
    ['protocol 2', requestWithCode(2 << 16)],
    ['no code', Buffer.from([0, 0, 0, 4])],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseStartup(bytes)).toThrow(/protocol version|too short/);
  });
});

describe('splitAnswer', () => {
  const pid = Buffer.alloc(4);
  const note = message('A', pid, 'news', 'hello');
  const row = message('D', Buffer.from('row'));

  it.each([
    ['nothing', [], { own: [], channels: [], status: null, error: null }],
    ['rows', [row, readyForQuery('T')], { own: [row, readyForQuery('T')], channels: [], status: 'T', error: null }],
    [
      'a note between',
      [row, note, readyForQuery('I')],
      { own: [row, readyForQuery('I')], channels: ['news'], status: 'I', error: null },
    ],
    ['only notes', [note, note], { own: [], channels: ['news', 'news'], status: null, error: null }],
    [
      'an error',
      [errorResponse('22012', 'no'), readyForQuery('E')],
      { own: [errorResponse('22012', 'no'), readyForQuery('E')], channels: [], status: 'E', error: 'no' },
    ],
  ] as const)('takes apart %s', (_, parts, expected) => {
    // prettier-ignore
    const answer = splitAnswer(Buffer.concat([...parts]));
    expect(answer.own).toEqual(Buffer.concat([...expected.own]));
    expect(answer.notifications.map(({ channel }) => channel)).toEqual([...expected.channels]);
    expect(answer.status).toBe(expected.status);
    expect(answer.error).toBe(expected.error);
  });
});

it('keeps only the parameters of a greeting', () => {
  const one = message('S', 'server_version', '18.6');
  const two = message('S', 'TimeZone', 'UTC');
  const greeting = Buffer.concat([message('R', pidOf(0)), one, two, backendKeyData(7), readyForQuery('I')]);
  expect(parameterStatuses(greeting)).toEqual(Buffer.concat([one, two]));
});

function pidOf(id: number): Buffer {
  return backendKeyData(id).subarray(5, 9);
}
