import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../core/domain/chat.js';
import { splitSystem, trailing, withoutStored } from './new-messages.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const said = (content: string): ChatMessage => ({ role: 'assistant', content });
const tool = (id: string, content = 'r'): ChatMessage => ({ role: 'tool', content, tool_call_id: id });

describe('splitSystem', () => {
  it('takes system and developer messages out, wherever they stand, and keeps the order', () => {
    const system: ChatMessage[] = [
      { role: 'system', content: 's' },
      { role: 'developer', content: 'd' },
    ];
    expect(splitSystem([user('1'), system[0] ?? user(''), said('2'), system[1] ?? user(''), user('3')])).toEqual({
      system,
      conversation: [user('1'), said('2'), user('3')],
    });
  });
});

describe('trailing', () => {
  it.each<[string, ChatMessage[], ChatMessage[]]>([
    ['a first message', [user('1')], [user('1')]],
    ['the whole history resent', [user('1'), said('2'), user('3')], [user('3')]],
    ['several new messages', [said('0'), user('1'), user('2')], [user('1'), user('2')]],
    ['tool results', [user('1'), said(''), tool('a'), tool('b')], [tool('a'), tool('b')]],
    ['nothing new', [user('1'), said('2')], []],
    ['nothing', [], []],
  ])('of %s', (_, conversation, expected) => {
    expect(trailing(conversation)).toEqual(expected);
  });
});

describe('withoutStored', () => {
  it.each<[string, ChatMessage[], ChatMessage[], ChatMessage[]]>([
    ['nothing stored: all new', [user('1')], [], [user('1')]],
    ['the same again: nothing new', [user('1')], [user('1')], []],
    ['stored and resent before the next', [user('1'), user('2')], [user('1')], [user('2')]],
    ['the end of what is stored', [user('2'), user('3')], [user('1'), user('2')], [user('3')]],
    ['something else stored: all new', [user('2')], [user('1')], [user('2')]],
    ['the same words, but not at the seam', [user('2'), user('1')], [user('1')], [user('2'), user('1')]],
    ['said twice on purpose, stored once', [user('1'), user('1')], [user('1')], [user('1')]],
    ['the longest overlap', [user('1'), user('1'), user('2')], [user('1'), user('1')], [user('2')]],
    ['another role', [tool('a', '1')], [user('1')], [tool('a', '1')]],
    ['another call', [tool('b')], [tool('a')], [tool('b')]],
    ['the same call', [tool('a')], [tool('a')], []],
  ])('%s', (_, given, stored, expected) => {
    expect(withoutStored(given, stored)).toEqual(expected);
  });

  it('knows one text as a part for the same as the text itself', () => {
    const asPart: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Hello' }] };
    expect(withoutStored([asPart], [user('Hello')])).toEqual([]);
    expect(withoutStored([user('Hello')], [asPart])).toEqual([]);
    const picture: ChatMessage = { role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] };
    expect(withoutStored([picture], [user('Hello')])).toEqual([picture]);
    expect(withoutStored([picture], [picture])).toEqual([]);
  });
});
