import { describe, expect, it } from 'vitest';
import { SseDecoder } from './sse-decoder.js';

const STREAM =
  ': ping\n\nevent: a\ndata: one\n\ndata:two\n\ndata: three\ndata: four\n\nid: 7\nretry: 5\n\ndata: 你好\n\n';
const MESSAGES = [
  { event: 'a', data: 'one' },
  { event: undefined, data: 'two' },
  { event: undefined, data: 'three\nfour' },
  { event: undefined, data: '你好' },
];

function decode(pieces: Iterable<string>) {
  const decoder = new SseDecoder();
  const messages = [...pieces].flatMap((piece) => decoder.push(piece));
  return [...messages, ...decoder.flush()];
}

describe('SseDecoder', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('reads %s, whole and letter by letter', (_name, lineEnd) => {
    const stream = STREAM.replaceAll('\n', lineEnd);
    expect(decode([stream])).toEqual(MESSAGES);
    expect(decode(stream)).toEqual(MESSAGES);
  });

  it('leaves out a byte order mark before the first event, and nowhere else', () => {
    expect(decode(['\ufeff', 'data: one\n\n', 'data: \ufefftwo\n\n'])).toEqual([
      { event: undefined, data: 'one' },
      { event: undefined, data: '\ufefftwo' },
    ]);
  });

  it('reads a last event without its blank line', () => {
    expect(decode(['data: one\n\ndata: two'])).toEqual([
      { event: undefined, data: 'one' },
      { event: undefined, data: 'two' },
    ]);
  });

  it('gives nothing for nothing', () => {
    expect(decode([])).toEqual([]);
    expect(decode(['\n\n\n', '<html>\n</html>'])).toEqual([]);
  });

  it('does not buffer without end', () => {
    const decoder = new SseDecoder();
    const piece = 'x'.repeat(1_000_000);
    expect(() => {
      for (let at = 0; at < 10; at++) decoder.push(piece);
    }).toThrow(RangeError);
  });
});
