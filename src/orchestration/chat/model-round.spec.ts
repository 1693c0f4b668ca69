import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { AiEvent, AiRequest } from '../../engines/ai/ai.port.js';
import { ModelRound } from './model-round.js';

const REQUEST: AiRequest = { model: 'm', messages: [{ role: 'user', content: 'Hello there' }] };
const FINISH: AiEvent = { type: 'finish', reason: 'stop', usage: null, model: 'm' };
const text = (words: string): AiEvent => ({ type: 'text-delta', text: words });

function roundOf(request: AiRequest, ...events: AiEvent[]): ModelRound {
  const round = new ModelRound(request);
  for (const event of events) round.add(event);
  return round;
}

const draftOf = (...events: AiEvent[]) => roundOf(REQUEST, ...events);

describe('one answer of the model', () => {
  it('is untouched at first', () => {
    const round = draftOf();
    expect([round.text, round.calls, round.isUntouched, round.finishReason]).toEqual(['', [], true, undefined]);
    expect(round.usage).toBeUndefined();
  });

  it.each<[string, AiEvent, boolean]>([
    ['a text', text('Hello'), false],
    ['a refusal', { type: 'refusal-delta', text: 'No' }, false],
    ['a call', { type: 'tool-call-delta', index: 0, id: 'a', name: 'f' }, false],
    ['its end', FINISH, true],
    ['an error', { type: 'error', error: new CozyError('ENGINE_FAILED') }, true],
  ])('whose first event is %s: whether it is untouched still', (_, event, untouched) => {
    expect(draftOf(event).isUntouched).toBe(untouched);
  });

  it('joins its texts and its refusals', () => {
    const round = draftOf(text('Hel'), text('lo'), { type: 'refusal-delta', text: 'No' }, FINISH);
    expect([round.text, round.refusal, round.isUntouched, round.finishReason]).toEqual(['Hello', 'No', false, 'stop']);
  });

  const CALLS: AiEvent[] = [
    { type: 'tool-call-delta', index: 1, id: 'b', name: 'g', argumentsText: '{}' },
    { type: 'tool-call-delta', index: 0, id: 'a', name: 'f', argumentsText: '{"x"' },
    { type: 'tool-call-delta', index: 0, argumentsText: ':1}' },
    { type: 'tool-call-delta', index: 0, id: 'again', name: 'again' },
  ];

  it('puts calls together from their pieces, in their order', () => {
    expect(draftOf(...CALLS, { type: 'finish', reason: 'tool_calls', usage: null, model: 'm' }).calls).toEqual([
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
      { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
    ]);
  });

  it('that broke off has no calls, as half of their arguments is of no use', () => {
    expect(draftOf(...CALLS).calls).toEqual([]);
    expect(draftOf(...CALLS, { type: 'error', error: new CozyError('ENGINE_FAILED') }).error?.code).toBe(
      'ENGINE_FAILED',
    );
  });

  it('tells the provider’s own usage', () => {
    const usage = { promptTokens: 7, completionTokens: 9, estimated: false };
    expect(draftOf(text('x'), { type: 'finish', reason: 'stop', usage, model: 'm' }).usage).toEqual(usage);
  });

  it('counts for itself where the provider told none, and says so', () => {
    const plain = draftOf(text('Hello'), FINISH).usage;
    expect(plain).toMatchObject({ estimated: true, completionTokens: 1 });
    expect(plain?.promptTokens).toBeGreaterThan(2);
    const withTools = {
      ...REQUEST,
      tools: [{ type: 'function' as const, function: { name: 'f', description: 'does' } }],
    };
    expect(roundOf(withTools, FINISH).usage?.promptTokens).toBeGreaterThan(plain?.promptTokens ?? Infinity);
    expect(draftOf(...CALLS).usage?.completionTokens).toBeGreaterThan(0);
  });
});
