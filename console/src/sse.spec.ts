import { describe, expect, it } from 'vitest';
import { readSse, SseParser } from './sse.js';

const parse = (...pieces: string[]): string[] => {
  const parser = new SseParser();
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
};

describe(SseParser, () => {
  it.each([
    ['one event', 'data: a\n\n', ['a']],
    ['two events', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF line ends', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR line ends', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['a ping between events', 'data: a\n\n: ping\n\ndata: b\n\n', ['a', 'b']],
    ['a ping inside an event', 'data: a\n: ping\n\n', ['a']],
    ['other fields', 'event: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['data over several lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['no space after the colon', 'data:a\n\n', ['a']],
    ['only one space is the separator', 'data:  a\n\n', [' a']],
    ['a stream without its last blank line', 'data: a\n\ndata: b', ['a', 'b']],
    ['nothing but pings', ': ping\n\n: ping\n\n', []],
    ['an empty stream', '', []],
  ])('reads %s', (_name, text, events) => {
    expect(parse(text)).toEqual(events);
  });

  it('does not care where the text is cut', () => {
    const text = ': ping\r\n\r\ndata: {"a":1}\r\n\r\ndata: b\n\ndata: [DONE]\n\n';
    for (let at = 0; at <= text.length; at += 1) {
      expect(parse(text.slice(0, at), text.slice(at))).toEqual(['{"a":1}', 'b', '[DONE]']);
    }
    expect(parse(...text.split(''))).toEqual(['{"a":1}', 'b', '[DONE]']);
  });
});

const collect = async (body: ReadableStream<Uint8Array>, silenceMs?: number): Promise<string[]> => {
  const events: string[] = [];
  for await (const event of readSse(body, silenceMs)) events.push(event);
  return events;
};

describe(readSse, () => {
  it('puts letters together that were cut in the middle of their bytes', async () => {
    const bytes = new TextEncoder().encode('data: sch\u00f6n \u{1f33f}\n\n');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    await expect(collect(body)).resolves.toEqual(['schön 🌿']);
  });

  it('gives up on a server that has gone quiet', async () => {
    const body = new ReadableStream<Uint8Array>();
    await expect(collect(body, 5)).rejects.toMatchObject({ code: 'CLIENT_SILENCE' });
  });

  it('closes the connection when its reader leaves early', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('data: a\n\n'));
      },
      cancel() {
        cancelled = true;
      },
    });
    for await (const event of readSse(body)) {
      expect(event).toBe('a');
      break;
    }
    expect(cancelled).toBe(true);
  });
});
