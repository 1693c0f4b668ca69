import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ChatEvent, TurnMetadata } from '../../orchestration/chat/chat-event.js';
import { ChunkWriter, DONE, errorChunk, PING } from './chunks.js';

const HEAD = { id: 'chatcmpl-1', created: 7, model: 'a "quoted"\nmodel' };
const METADATA = { request_id: 'r' } as TurnMetadata;
const FINISH: Extract<ChatEvent, { type: 'finish' }> = {
  type: 'finish',
  messageId: null,
  reason: 'stop',
  usage: { promptTokens: 2, completionTokens: 3, estimated: false },
  metadata: METADATA,
};
const writer = (includeUsage = false) => new ChunkWriter(HEAD, includeUsage);

/** Each event of the text, `[DONE]` as it is. */
function read(text: string): unknown[] {
  expect(text).toMatch(/^(data: [^\n]+\n\n)+$/);
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((event) => event.slice('data: '.length))
    .map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as unknown)));
}

const chunk = (delta: object, finishReason: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 7,
  model: HEAD.model,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
});

describe('a chunk', () => {
  it('of the role comes first', () => {
    expect(read(writer().role())).toEqual([chunk({ role: 'assistant', content: '', refusal: null })]);
  });

  it.each(['Hello', '"quoted"', 'a\nb\r\nc', 'data: [DONE]\n\n', '日本語 🌱', '\u2028\u2029\0', '\\u0041'])(
    'carries the text %j unharmed, in one line',
    (text) => {
      const written = writer().text(text);
      expect(written.trimEnd()).not.toMatch(/[\n\r]/);
      expect(read(written)).toEqual([chunk({ content: text })]);
    },
  );

  it('carries a refusal', () => {
    expect(read(writer().refusal('No.'))).toEqual([chunk({ refusal: 'No.' })]);
  });

  it.each<[Omit<Extract<ChatEvent, { type: 'tool-call-delta' }>, 'type'>, object]>([
    [
      { index: 0, id: 'c', name: 'f' },
      { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } },
    ],
    [
      { index: 1, argumentsText: '{"a"' },
      { index: 1, function: { arguments: '{"a"' } },
    ],
  ])('carries a piece of a call: %j', (delta, expected) => {
    expect(read(writer().toolCall({ type: 'tool-call-delta', ...delta }))).toEqual([chunk({ tool_calls: [expected] })]);
  });
});

describe('the end', () => {
  it('has the metadata on the finish chunk where no usage was asked for', () => {
    expect(read(writer().finish(FINISH))).toEqual([{ ...chunk({}, 'stop'), metadata: METADATA }, '[DONE]']);
  });

  it('has usage and metadata on one chunk of their own where usage was asked for', () => {
    const [finish, usage, done, ...more] = read(writer(true).finish(FINISH));
    expect([done, more]).toEqual(['[DONE]', []]);
    expect(finish).toEqual({ ...chunk({}, 'stop'), usage: null });
    expect(usage).toEqual({
      ...chunk({}),
      choices: [],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
      metadata: METADATA,
    });
  });

  it('says on every other chunk that the usage is still to come', () => {
    for (const text of [writer(true).role(), writer(true).text('x'), writer(true).refusal('x')]) {
      expect(read(text)).toEqual([expect.objectContaining({ usage: null })]);
    }
    expect(writer(false).text('x')).not.toContain('usage');
  });

  it('for clients that show text only is the text, then a plain stop', () => {
    expect(read(writer().finishWithText('Sorry.'))).toEqual([
      chunk({ content: 'Sorry.' }),
      chunk({}, 'stop'),
      '[DONE]',
    ]);
  });

  it('after a failure is the error in its one shape', () => {
    const error = new CozyError('ENGINE_TIMEOUT', { cause: new Error('the provider’s own words') });
    expect(read(errorChunk(error, 'r-1'))).toEqual([
      {
        error: {
          message: 'The model provider took too long to answer. Please try again.',
          type: 'api_error',
          param: null,
          code: 'ENGINE_TIMEOUT',
          request_id: 'r-1',
          details: {},
        },
      },
      '[DONE]',
    ]);
  });

  it('and the heartbeat are what SSE says', () => {
    expect([DONE, PING]).toEqual(['data: [DONE]\n\n', ': ping\n\n']);
  });
});
