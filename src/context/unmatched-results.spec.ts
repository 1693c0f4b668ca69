import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../core/domain/chat.js';
import { endsUnmatched } from './unmatched-results.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const call = (content: string | null, ...ids: string[]): ChatMessage => ({
  role: 'assistant',
  content,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
});
const result = (id: string): ChatMessage => ({ role: 'tool', content: `of ${id}`, tool_call_id: id });

describe('endsUnmatched', () => {
  it.each<[string, ChatMessage[], boolean]>([
    ['nothing', [], false],
    ['a question', [user('a')], false],
    ['a question after a call that nobody answered', [call(null, '1'), user('a')], false],
    ['all results', [call(null, '1', '2'), result('2'), result('1')], false],
    ['the last result, others having come before', [call(null, '1', '2'), result('2'), user('a'), result('1')], false],
    ['a result twice', [call(null, '1'), result('1'), result('1')], false],
    [
      'a result of a call whose id was given before',
      [call(null, '1'), result('1'), call(null, '1'), result('1')],
      false,
    ],
    ['half of the results', [call(null, '1', '2'), result('1')], true],
    ['a result of no call', [user('a'), result('1')], true],
    ['a result of another call', [call(null, '1'), result('2')], true],
  ])('%s: %s', (_, messages, expected) => {
    expect(endsUnmatched(messages)).toBe(expected);
  });
});
