import { describe, expect, it } from 'vitest';
import { type ChatPart, chatParts, toParts } from './chat-stream.js';

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

describe(toParts, () => {
  it.each<[string, string, unknown[]]>([
    ['the end', '[DONE]', [{ type: 'done' }]],
    ['the first chunk, which only has a role', '{"choices":[{"delta":{"role":"assistant","content":""}}]}', []],
    ['text', '{"choices":[{"delta":{"content":"Hi"}}]}', [{ type: 'delta', text: 'Hi' }]],
    ['an end', '{"choices":[{"delta":{},"finish_reason":"stop"}]}', [{ type: 'finish', reason: 'stop' }]],
    [
      'text and an end together',
      '{"choices":[{"delta":{"content":"Hi"},"finish_reason":"length"}]}',
      [
        { type: 'delta', text: 'Hi' },
        { type: 'finish', reason: 'length' },
      ],
    ],
    [
      'usage with metadata',
      JSON.stringify({ choices: [], usage, metadata: { degraded: true, degrade_reasons: ['memory_timeout'] } }),
      [{ type: 'usage', usage, metadata: { degraded: true, degrade_reasons: ['memory_timeout'] } }],
    ],
    [
      'metadata alone',
      '{"choices":[],"usage":null,"metadata":{"request_id":"r1"}}',
      [{ type: 'usage', usage: null, metadata: { request_id: 'r1' } }],
    ],
    ['a chunk with nothing in it', '{}', []],
    ['null', 'null', []],
  ])('reads %s', (_name, data, parts) => {
    expect(toParts(data)).toEqual(parts);
  });

  it('reads an error, and falls back to the request id of the headers', () => {
    const [part] = toParts('{"error":{"message":"Too slow.","code":"ENGINE_TIMEOUT"}}', 'r2');
    expect(part).toMatchObject({
      type: 'error',
      error: { message: 'Too slow.', code: 'ENGINE_TIMEOUT', requestId: 'r2' },
    });
  });

  it('says so when a chunk is not JSON', () => {
    expect(() => toParts('<html>')).toThrow('cannot read');
  });
});

const read = async (text: string): Promise<ChatPart[]> => {
  const parts: ChatPart[] = [];
  for await (const part of chatParts(new Response(text))) parts.push(part);
  return parts;
};

describe(chatParts, () => {
  it('ends at [DONE] and ignores what follows', async () => {
    const parts = await read('data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: [DONE]\n\ndata: nonsense\n\n');
    expect(parts).toEqual([{ type: 'delta', text: 'a' }, { type: 'done' }]);
  });

  it('takes a stream without [DONE] for a broken one', async () => {
    await expect(read('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')).rejects.toMatchObject({
      code: 'CLIENT_STREAM_CUT',
    });
  });
});
