import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import { parseMessages } from './messages.js';

/** The param of the refusal. */
function refused(value: unknown): string | undefined {
  try {
    parseMessages(value);
  } catch (error) {
    if (error instanceof CozyError && error.message.startsWith(error.param ?? '?')) return error.param;
    throw error;
  }
  return undefined;
}

const CALL = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
const PICTURE = { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } };

describe('parseMessages', () => {
  it.each([
    ['text', { role: 'user', content: 'Hello' }],
    ['empty text', { role: 'user', content: '' }],
    ['a name', { role: 'user', content: 'Hello', name: 'ana' }],
    ['a system message', { role: 'system', content: 'Be kind.' }],
    ['a developer message', { role: 'developer', content: 'Be kind.' }],
    ['parts', { role: 'user', content: [{ type: 'text', text: 'What is this?' }, PICTURE] }],
    ['parts of kinds to come', { role: 'user', content: [{ type: 'hologram', depth: 3 }] }],
    ['calls alone', { role: 'assistant', content: null, tool_calls: [CALL] }],
    ['calls with words', { role: 'assistant', content: 'Wait.', tool_calls: [CALL, { ...CALL, id: 'c2' }] }],
    ['a result', { role: 'tool', content: '42', tool_call_id: 'c1' }],
  ])('keeps %s as it came', (_, message) => {
    expect(parseMessages([message])).toEqual([message]);
  });

  it.each([
    [
      'calls without a content',
      { role: 'assistant', tool_calls: [CALL] },
      { role: 'assistant', content: null, tool_calls: [CALL] },
    ],
    [
      'an empty list of calls',
      { role: 'assistant', content: 'x', tool_calls: [] },
      { role: 'assistant', content: 'x' },
    ],
    ['null for no calls', { role: 'assistant', content: 'x', tool_calls: null }, { role: 'assistant', content: 'x' }],
    ['a refusal', { role: 'assistant', content: null, refusal: 'No.' }, { role: 'assistant', content: 'No.' }],
    ['null for no name', { role: 'user', content: 'x', name: null }, { role: 'user', content: 'x' }],
    ['fields it does not know', { role: 'user', content: 'x', mood: 'good', id: 7 }, { role: 'user', content: 'x' }],
  ])('reads %s', (_, message, expected) => {
    expect(parseMessages([message])).toEqual([expected]);
  });

  it.each([
    ['messages', undefined],
    ['messages', []],
    ['messages', 'Hello'],
    ['messages', { role: 'user', content: 'x' }],
    ['messages', Array.from({ length: 2001 }, () => ({ role: 'user', content: 'x' }))],
  ])('names %s where they are %j', (param, value) => {
    expect(refused(value)).toBe(param);
  });

  it.each([
    ['messages[1]', null],
    ['messages[1]', 'Hello'],
    ['messages[1]', ['user', 'Hello']],
    ['messages[1].role', { content: 'x' }],
    ['messages[1].role', { role: 'function', content: 'x' }],
    ['messages[1].role', { role: 'toString', content: 'x' }],
    ['messages[1].role', { role: 5, content: 'x' }],
    ['messages[1].content', { role: 'user' }],
    ['messages[1].content', { role: 'user', content: null }],
    ['messages[1].content', { role: 'user', content: 5 }],
    ['messages[1].content', { role: 'user', content: {} }],
    ['messages[1].content', { role: 'user', content: [] }],
    ['messages[1].content', { role: 'assistant', content: null }],
    [
      'messages[1].content',
      { role: 'user', content: Array.from({ length: 257 }, () => ({ type: 'text', text: 'x' })) },
    ],
    ['messages[1].content[0]', { role: 'user', content: ['x'] }],
    ['messages[1].content[1].type', { role: 'user', content: [{ type: 'text', text: 'x' }, { text: 'x' }] }],
    ['messages[1].content[0].text', { role: 'user', content: [{ type: 'text' }] }],
    ['messages[1].content[0].image_url', { role: 'user', content: [{ type: 'image_url', image_url: 'https://x' }] }],
    ['messages[1].name', { role: 'user', content: 'x', name: '' }],
    ['messages[1].name', { role: 'user', content: 'x', name: 'x'.repeat(257) }],
    ['messages[1].name', { role: 'user', content: 'x', name: 5 }],
    ['messages[1].tool_call_id', { role: 'tool', content: 'x' }],
    ['messages[1].content', { role: 'tool', tool_call_id: 'c1' }],
    ['messages[1].tool_calls', { role: 'assistant', tool_calls: CALL }],
    ['messages[1].tool_calls[0]', { role: 'assistant', tool_calls: ['f'] }],
    ['messages[1].tool_calls[0]', { role: 'assistant', tool_calls: [{ id: 'c1' }] }],
    ['messages[1].tool_calls[0].id', { role: 'assistant', tool_calls: [{ ...CALL, id: '' }] }],
    [
      'messages[1].tool_calls[0].function.name',
      { role: 'assistant', tool_calls: [{ ...CALL, function: { arguments: '' } }] },
    ],
    [
      'messages[1].tool_calls[0].function.arguments',
      { role: 'assistant', tool_calls: [{ ...CALL, function: { name: 'f', arguments: {} } }] },
    ],
  ])('names %s where it is wrong: %j', (param, message) => {
    expect(refused([{ role: 'user', content: 'Hello' }, message])).toBe(param);
  });

  const most = 'x'.repeat(1_048_576);
  const call = (text: string) => ({ ...CALL, function: { name: 'f', arguments: text } });

  it('takes a text, a result and arguments of 1,048,576 characters', () => {
    const messages = [
      { role: 'user', content: most },
      { role: 'assistant', content: null, tool_calls: [call(most)] },
      { role: 'tool', content: [{ type: 'text', text: most }], tool_call_id: 'c1' },
    ];
    expect(parseMessages(messages)).toEqual(messages);
  });

  // Bug: a body of 20 MB may hold a text of 20 MB, and a session of many such is more than one read can give.
  it.each([
    ['messages[0].content', { role: 'user', content: `${most}x` }],
    ['messages[0].content', { role: 'system', content: `${most}x` }],
    ['messages[0].content', { role: 'tool', tool_call_id: 'c1', content: `${most}x` }],
    [
      'messages[0].content',
      {
        role: 'user',
        content: [
          { type: 'text', text: most },
          { type: 'text', text: 'x' },
        ],
      },
    ],
    ['messages[0].tool_calls[0].function.arguments', { role: 'assistant', tool_calls: [call(`${most}x`)] }],
  ])('refuses more text than that: %s', (param, message) => {
    expect(refused([message])).toBe(param);
  });

  it('says of a text that is too long what to do', () => {
    expect(() => parseMessages([{ role: 'user', content: `${most}x` }])).toThrow(
      'messages[0].content holds 1048577 characters of text, and may hold 1048576. Send it in several messages, or shorten it.',
    );
  });
});
