import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ChatEvent, TurnMetadata } from '../../orchestration/chat/chat-event.js';
import { collectCompletion, completionHead, usageBody } from './completion.js';

const START: ChatEvent = {
  type: 'start',
  turnId: '018f-00',
  answerId: 'a',
  model: 'm',
  sessionId: null,
  personalityId: 'p',
};
const METADATA = { request_id: 'r' } as TurnMetadata;
const USAGE = { promptTokens: 2, completionTokens: 3, estimated: false };
const finish = (reason: 'stop' | 'tool_calls' = 'stop'): ChatEvent => ({
  type: 'finish',
  messageId: null,
  reason,
  usage: USAGE,
  metadata: METADATA,
});
const text = (words: string): ChatEvent => ({ type: 'text-delta', text: words });

async function* events(...list: ChatEvent[]): AsyncGenerator<ChatEvent> {
  for (const event of list) yield await Promise.resolve(event);
}
const collect = (...list: ChatEvent[]) => collectCompletion(events(START, ...list));
const choiceOf = async (...list: ChatEvent[]) => (await collect(...list))?.choices[0];

describe('collectCompletion', () => {
  it('makes OpenAI’s answer of a turn', async () => {
    expect(await collect(text('Hel'), text('lo'), finish())).toEqual({
      id: 'chatcmpl-018f00',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
      metadata: METADATA,
    });
  });

  it('has text even where nothing was said', async () => {
    expect((await choiceOf(finish()))?.message.content).toBe('');
  });

  it('tells a refusal as a refusal', async () => {
    const choice = await choiceOf(
      { type: 'refusal-delta', text: 'No' },
      { type: 'refusal-delta', text: '.' },
      finish(),
    );
    expect(choice?.message).toMatchObject({ content: null, refusal: 'No.' });
  });

  it('puts calls together from their pieces, in their order', async () => {
    const choice = await choiceOf(
      { type: 'tool-call-delta', index: 1, id: 'b', name: 'g', argumentsText: '{}' },
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', argumentsText: '{"x"' },
      { type: 'tool-call-delta', index: 0, argumentsText: ':1}' },
      finish('tool_calls'),
    );
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
    });
  });

  it('throws what failed, also after the first words', async () => {
    const error = new CozyError('ENGINE_FAILED');
    await expect(collect(text('Hel'), { type: 'error', error })).rejects.toBe(error);
  });

  it('is nothing where the turn was aborted', async () => {
    expect(await collect(text('Hel'))).toBeUndefined();
  });
});

describe('usageBody', () => {
  it('says where the server counted for itself, and passes the provider’s breakdowns on', () => {
    expect(usageBody({ ...USAGE, estimated: true })).toMatchObject({ total_tokens: 5, estimated: true });
    const body = usageBody({
      ...USAGE,
      promptDetails: { cached_tokens: 1 },
      completionDetails: { reasoning_tokens: 2 },
    });
    expect(body).toEqual({
      prompt_tokens: 2,
      completion_tokens: 3,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 2 },
    });
  });
});

describe('completionHead', () => {
  it('has the time in whole seconds', () => {
    const { created } = completionHead('a-b', 'm');
    expect(Number.isInteger(created)).toBe(true);
    expect(new Date(created * 1000).getFullYear()).toBeGreaterThan(2024);
  });
});
