import { describe, expect, it } from 'vitest';
import { messageLimit } from './message-limit.js';

async function passed(isEventStream: boolean, ...texts: string[]): Promise<string> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
  return new Response(source.pipeThrough(messageLimit(isEventStream, 20, () => undefined))).text();
}

describe('The limit of a message', () => {
  it('lets pass what is small enough', async () => {
    expect(await passed(false, '0123456789', '0123456789')).toBe('01234567890123456789');
  });

  it.each([[['012345678901234567890']], [['01234567890', '0123456789']]])('ends what is larger: %j', async (texts) => {
    await expect(passed(false, ...texts)).rejects.toThrow('larger than 20 bytes');
  });

  it.each(['\n\n', '\r\n\r\n'])('counts each event of a stream by itself (%j)', async (end) => {
    const event = `data: 0123456${end}`;
    expect(await passed(true, event, event, event, event)).toBe(event.repeat(4));
  });

  it.each([
    ['one long line', ['data: 012345678901234567']],
    ['many lines', ['data: 0\ndata: 0\ndata: 0\n']],
    ['a line in pieces', Array.from({ length: 21 }, () => 'x')],
  ])('ends an event of %s', async (_, texts) => {
    await expect(passed(true, ...texts)).rejects.toThrow('larger than 20 bytes');
  });
});
