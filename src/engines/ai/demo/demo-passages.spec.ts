import { describe, expect, it } from 'vitest';
import { readConversation } from './demo-conversation.js';
import { fittingSentence, passagesIn } from './demo-passages.js';
import { replyTo } from './demo-replies.js';

const BLOCK =
  'Looked up.\n\n<knowledge>\n- (source: Manual › Returns, p. 3) Shoes may be returned within ten days. Keep the box.\n' +
  '- (source: 手册) 商品七天内可以退货。运费由买家承担。\n</knowledge>';

const answer = (question: string, more: { role: 'user' | 'assistant'; content: string }[] = []) =>
  replyTo(
    readConversation([
      { role: 'system', content: 'You are Cozy.' },
      { role: 'system', content: BLOCK },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello!' },
      ...more,
      { role: 'user', content: question },
    ]),
  );

describe('passages in a prompt', () => {
  it('are read with their sources', () => {
    expect(passagesIn('(source: a (b) c) text\nno line\n(source: ) x')).toEqual([
      { source: 'a (b', text: 'c) text' },
      { source: '', text: 'x' },
    ]);
  });

  it('fit a question by words of one stem', () => {
    const passages = passagesIn('(source: A) The refunds are quick. The weather is not.');
    expect(fittingSentence('When is it refunded?', passages)).toEqual({ source: 'A', text: 'The refunds are quick.' });
    expect(fittingSentence('What is the', passages)).toBeUndefined();
  });
});

describe('the demo', () => {
  it.each<[string, string]>([
    [
      'How long may I return shoes?',
      'The documents say: "Shoes may be returned within ten days." (source: Manual › Returns, p. 3)',
    ],
    ['What about the box?', 'The documents say: "Keep the box." (source: Manual › Returns, p. 3)'],
    ['几天内可以退货？', '文档里写着：“商品七天内可以退货。”（来源：手册）'],
    ['运费谁承担？', '文档里写着：“运费由买家承担。”（来源：手册）'],
  ])('answers from documents, and names them: %s', (question, reply) => {
    expect(answer(question)).toBe(reply);
  });

  it('knows the person better from what they said', () => {
    const told = { role: 'user' as const, content: 'My box is called Ben.' };
    expect(answer('What is my name?')).toBe('You have not told me your name yet.');
    expect(answer('My dog is called Biscuit. What is my dog called?', [told])).toContain('Biscuit');
  });

  it('says nothing of documents that do not fit', () => {
    expect(answer('Is Mars inhabited?')).not.toContain('documents');
  });
});
