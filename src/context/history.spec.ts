import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../core/domain/chat.js';
import { dropOldest, repairHistory } from './history.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const said = (content: string): ChatMessage => ({ role: 'assistant', content });
const call = (content: string | null, ...ids: string[]): ChatMessage => ({
  role: 'assistant',
  content,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});
const result = (id: string): ChatMessage => ({ role: 'tool', content: `of ${id}`, tool_call_id: id });

describe('repairHistory', () => {
  it.each<[string, ChatMessage[], ChatMessage[]]>([
    ['nothing', [], []],
    ['a plain conversation', [user('a'), said('b')], [user('a'), said('b')]],
    ['a call with its result', [call(null, '1'), result('1')], [call(null, '1'), result('1')]],
    [
      'two calls with their results in another order',
      [call('x', '1', '2'), result('2'), result('1')],
      [call('x', '1', '2'), result('2'), result('1')],
    ],
    ['a result without its call', [result('1'), user('a')], [user('a')]],
    ['a result after a plain answer', [said('b'), result('1')], [said('b')]],
    ['a call without its result', [user('a'), call(null, '1'), user('b')], [user('a'), user('b')]],
    ['a call without its result that said something', [call('wait', '1')], [said('wait')]],
    [
      'two calls with one result',
      [call('wait', '1', '2'), result('1'), user('a')],
      [call('wait', '1'), result('1'), user('a')],
    ],
    [
      'a result of another call among the right ones',
      [call(null, '1'), result('1'), result('9')],
      [call(null, '1'), result('1')],
    ],
    ['an empty list of calls', [{ ...said('b'), tool_calls: [] }], [{ ...said('b'), tool_calls: [] }]],
    [
      'a result that came after somebody had gone on talking',
      [user('a'), call('wait', '1'), user('b'), said('c'), result('1')],
      [user('a'), said('wait'), user('b'), said('c'), call(null, '1'), result('1')],
    ],
    [
      'two results, of which one came late',
      [call(null, '1', '2'), result('2'), user('a'), result('1')],
      [call(null, '2'), result('2'), user('a'), call(null, '1'), result('1')],
    ],
    [
      'two results that came late together, beside those of a newer call',
      [call(null, '1', '2'), user('a'), call(null, '3'), result('1'), result('3'), result('2')],
      [user('a'), call(null, '3'), result('3'), call(null, '1', '2'), result('1'), result('2')],
    ],
    [
      'a result of the newer of two calls that have the same id',
      [call(null, '1'), user('a'), call(null, '1'), result('1'), user('b'), result('1')],
      [user('a'), call(null, '1'), result('1'), user('b')],
    ],
    [
      'the first of two results of one call',
      [call(null, '1'), result('1'), result('1')],
      [call(null, '1'), result('1')],
    ],
  ])('%s', (_, messages, expected) => {
    expect(repairHistory(messages)).toEqual(expected);
  });

  it('leaves what it was given as it was', () => {
    const messages = [call('wait', '1'), user('a')];
    const copy = structuredClone(messages);
    repairHistory(messages);
    expect(messages).toEqual(copy);
  });
});

describe('dropOldest', () => {
  const count = (messages: ChatMessage[]) => messages.length;
  const conversation = [user('1'), said('2'), call(null, 'c'), result('c'), said('3'), user('4')];

  it.each([
    ['all where it fits', 6, 0],
    ['no part of a call and its result', 3, 4],
    ['a call and its result where both fit, and something before them', 5, 1],
    ['no conversation that begins with a call, as some providers refuse it', 4, 5],
    ['the newest only', 1, 5],
    ['the newest, however little fits', 0, 5],
    ['the newest, where nothing fits', -5, 5],
  ])('keeps %s', (_, budget, from) => {
    expect(dropOldest(conversation, budget, count)).toEqual(conversation.slice(from));
  });

  it('keeps the newest results with their call, however large', () => {
    const end = [call(null, 'c'), result('c')];
    expect(dropOldest([user('1'), ...end], 1, count)).toEqual(end);
  });

  it('never leaves a gap: what is older than something dropped is dropped', () => {
    const sizes: Record<string, number> = { '1': 1, '2': 10, '3': 1 };
    const size = (messages: ChatMessage[]) =>
      messages.reduce((sum, { content }) => sum + (typeof content === 'string' ? (sizes[content] ?? 0) : 0), 0);
    expect(dropOldest([user('1'), user('2'), user('3')], 5, size)).toEqual([user('3')]);
  });

  it('of nothing is nothing', () => {
    expect(dropOldest([], 10, count)).toEqual([]);
  });
});
