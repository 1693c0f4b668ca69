import { describe, expect, it } from 'vitest';
import type { ChatMessage, ToolCall, ToolExchange } from '../../core/domain/chat.js';
import { exchangeKey, exchangeKeys, questionOf, restored, storedExchange } from './tool-exchange.js';

const call = (id: string, name: string, text = '{}'): ToolCall => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});
const ask = (content: string): ChatMessage => ({ role: 'user', content });
const answer = (calls: ToolCall[]): ChatMessage => ({ role: 'assistant', content: null, tool_calls: calls });
const exchange: ToolExchange = {
  rounds: [],
  text: null,
  beside: { content: null, calls: [call('s', 'sum')], results: ['4'] },
};

describe('an exchange that was kept for its caller', () => {
  const mine = [call('functions.locate:0', 'locate')];
  const conversation = [ask('Where?'), answer(mine), { role: 'tool' as const, content: 'Rome', tool_call_id: 'x' }];

  it('is put back before the caller’s results', () => {
    const kept = new Map([[exchangeKey(mine, questionOf([ask('Where?')])), exchange]]);
    const whole = restored(conversation, exchangeKeys(conversation), kept);
    expect(whole.map(({ role, tool_calls, tool_call_id }) => [role, tool_calls?.length ?? tool_call_id])).toEqual([
      ['user', undefined],
      ['assistant', 2],
      ['tool', 's'],
      ['tool', 'x'],
    ]);
  });

  it.each<[string, ChatMessage[]]>([
    ['another question', [ask('When?'), answer(mine)]],
    ['other arguments', [ask('Where?'), answer([call('functions.locate:0', 'locate', '{"a":1}')])]],
    ['one call more', [ask('Where?'), answer([...mine, call('b', 'b')])]],
  ])('is not taken for that of %s, although the ids are alike', (_name, other) => {
    const kept = new Map([[exchangeKey(mine, 'Where?'), exchange]]);
    expect(restored(other, exchangeKeys(other), kept)).toEqual(other);
  });
});

describe('storedExchange', () => {
  it('keeps so much of a result, and so much of all', () => {
    const long = 'x'.repeat(20_000);
    const round = { content: null, calls: [call('a', 'a')], results: Array.from({ length: 10 }, () => long) };
    const stored = storedExchange({ rounds: [round], text: 'Done.', beside: null });
    const lengths = stored.rounds[0]?.results.map((result) => result.replace('\n[cut]', '').length);
    expect(lengths).toEqual([...Array.from({ length: 8 }, () => 8000), 0, 0]);
    expect(stored.text).toBe('Done.');
  });

  it('leaves short ones as they are', () => {
    expect(storedExchange(exchange)).toEqual(exchange);
  });
});
