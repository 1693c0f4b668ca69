import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { AiEvent, AiRequest } from '../../engines/ai/ai.port.js';
import { AnswerDraft } from './answer-draft.js';

const REQUEST: AiRequest = { model: 'm', messages: [{ role: 'user', content: 'Hello there' }] };
const FINISH: AiEvent = { type: 'finish', reason: 'stop', usage: null, model: 'm' };
const text = (words: string): AiEvent => ({ type: 'text-delta', text: words });

function draftOf(...events: AiEvent[]): AnswerDraft {
  const draft = new AnswerDraft();
  for (const event of events) draft.add(event);
  return draft;
}

describe('an answer in the making', () => {
  it('is empty at first', () => {
    const draft = draftOf();
    expect([draft.content, draft.toolCalls, draft.isEmpty, draft.finishReason]).toEqual([null, null, true, undefined]);
  });

  it('joins its texts', () => {
    const draft = draftOf(text('Hel'), text('lo'), FINISH);
    expect([draft.content, draft.isEmpty, draft.finishReason]).toEqual(['Hello', false, 'stop']);
  });

  it('keeps a refusal where there is no text', () => {
    expect(draftOf({ type: 'refusal-delta', text: 'No' }, { type: 'refusal-delta', text: '.' }).content).toBe('No.');
    expect(draftOf({ type: 'refusal-delta', text: 'No' }, text('Yes')).content).toBe('Yes');
  });

  const CALLS: AiEvent[] = [
    { type: 'tool-call-delta', index: 1, id: 'b', name: 'g', argumentsText: '{}' },
    { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', argumentsText: '{"x"' },
    { type: 'tool-call-delta', index: 0, argumentsText: ':1}' },
    { type: 'tool-call-delta', index: 0, id: 'again', name: 'again' },
  ];

  it('puts calls together from their pieces, in their order', () => {
    expect(draftOf(...CALLS, { type: 'finish', reason: 'tool_calls', usage: null, model: 'm' }).toolCalls).toEqual([
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
      { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
    ]);
  });

  it('that broke off has no calls, as half of their arguments is of no use', () => {
    const draft = draftOf(...CALLS);
    expect([draft.toolCalls, draft.isEmpty]).toEqual([null, true]);
    expect(draftOf(...CALLS, { type: 'error', error: new CozyError('ENGINE_FAILED') }).error?.code).toBe(
      'ENGINE_FAILED',
    );
  });

  it('tells the provider’s own usage', () => {
    const usage = { promptTokens: 7, completionTokens: 9, estimated: false };
    expect(draftOf(text('x'), { type: 'finish', reason: 'stop', usage, model: 'm' }).usage(REQUEST)).toEqual(usage);
  });

  it('counts for itself where the provider told none, and says so', () => {
    const plain = draftOf(text('Hello'), FINISH).usage(REQUEST);
    expect(plain).toMatchObject({ estimated: true, completionTokens: 1 });
    expect(plain.promptTokens).toBeGreaterThan(2);
    const withTools = {
      ...REQUEST,
      tools: [{ type: 'function' as const, function: { name: 'f', description: 'does' } }],
    };
    expect(draftOf(FINISH).usage(withTools).promptTokens).toBeGreaterThan(plain.promptTokens);
    expect(draftOf(...CALLS).usage(REQUEST).completionTokens).toBeGreaterThan(0);
  });
});
