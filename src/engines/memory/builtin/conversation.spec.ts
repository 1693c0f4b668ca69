import { describe, expect, it } from 'vitest';
import { conversationOf } from './conversation.js';

type Role = 'user' | 'assistant';
const kept = (...said: [Role, string][]) =>
  conversationOf(said.map(([role, content], at) => ({ id: `${at}`, role, content, createdAt: new Date(0) }))).map(
    ({ kind, text, messageId }) => [kind, text, messageId],
  );

describe('what of a conversation is kept', () => {
  it('is the whole message in which the user says something of themselves', () => {
    expect(kept(['user', 'I adopted a greyhound. What do greyhounds eat?'])).toEqual([
      ['said', 'I adopted a greyhound. What do greyhounds eat?', '0'],
    ]);
  });

  it.each(['What do greyhounds eat?', 'Two years ago!', 'Write me a poem about the sea', '我的狗叫什么'])(
    'is, of the user, also what is no statement: %s',
    (text) => {
      expect(kept(['user', text])).toEqual([['asked', text, '0']]);
    },
  );

  it('is what the companion replied', () => {
    expect(kept(['user', 'What shall I read?'], ['assistant', 'Try “The Dancing Bees” by Frisch.'])[1]).toEqual([
      'replied',
      'Try “The Dancing Bees” by Frisch.',
      '1',
    ]);
  });

  it.each<[Role, string]>([
    ['user', 'Yes'],
    ['user', '🙂'],
    ['user', ''],
    ['user', '```\nconst a = 1\n```'],
    ['assistant', 'I see.'],
    ['assistant', 'How are you?'],
    ['assistant', '好的。'],
  ])('is nothing of %s: %j', (role, text) => {
    expect(kept([role, text])).toEqual([]);
  });

  it('is no reply that only says the message again, as the demo does', () => {
    const said: [Role, string] = ['user', 'My dog is called Biscuit and I live in Lisbon'];
    expect(kept(said, ['assistant', 'Noted: your dog is called Biscuit, and you live in Lisbon.'])).toHaveLength(1);
    expect(kept(said, ['assistant', 'Lisbon has lovely beaches for a long walk.'])).toHaveLength(2);
  });

  it('is the beginning of a long reply, and nothing of a document that was pasted', () => {
    const long = kept(['assistant', 'A sentence about the history of bees. '.repeat(400)]);
    expect(long[0]?.[1]?.length).toBeLessThanOrEqual(1000);
    expect(long[0]?.[1]).toMatch(/bees\.$/u);
    expect(kept(['user', 'I am a line of a long document. '.repeat(400)])).toEqual([]);
  });
});
