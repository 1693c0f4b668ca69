import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../core/domain/chat.js';
import { readConversation } from './demo-conversation.js';
import { replyTo } from './demo-replies.js';

const user = (content: ChatMessage['content']): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const system = (content: string): ChatMessage => ({ role: 'system', content });
const reply = (...messages: ChatMessage[]) => replyTo(readConversation(messages));

/** A conversation that is under way, so that the disclosure is out of the way. */
const later = (...texts: string[]) => reply(...texts.flatMap((text) => [user(text), assistant('Ok.')]).slice(0, -1));

const DISCLOSURE = /^I am a rule-based demo, not a language model: set OPENAI_API_KEY or OPENAI_BASE_URL /;

describe('the disclosure', () => {
  it('begins the first answer, also after a welcome', () => {
    expect(reply(user('Hi'))).toMatch(DISCLOSURE);
    expect(reply(system('You are Cozy.'), assistant('Welcome!'), user('Hi'))).toMatch(DISCLOSURE);
    expect(reply(user('你好'))).toMatch(/^我是一个基于规则的演示程序，不是语言模型/);
  });
  it('is not repeated', () => {
    expect(later('Hi', 'Hi')).not.toMatch(DISCLOSURE);
  });
});

const isExactly = (expected: string | RegExp): unknown =>
  typeof expected === 'string' ? expected : (expect.stringMatching(expected) as unknown);

describe('answers', () => {
  it.each<[string[], string | RegExp]>([
    [['Hi', 'My dog is called Biscuit.'], 'Noted. Your dog is called Biscuit.'],
    [['My dog is called Biscuit.', 'What is my dog called?'], 'Your dog is called Biscuit.'],
    [['Hi', 'My dog is called Rex. What is my dog called?'], 'Your dog is called Rex.'],
    [['My name is Ana', 'Hello!'], /^Hello, Ana!/],
    [['My name is Ana', 'thanks a lot'], 'You are welcome, Ana!'],
    [['Hi', 'bye'], 'Goodbye!'],
    [['Hi', 'How are you?'], /^My rules are all in order/],
    [['Hi', 'help'], /^I remember simple things/],
    [['Hi', 'Are you a real person?'], /rules, not a language model\.$/],
    [['Hi', 'Repeat after me: "All is well."'], 'All is well.'],
    [['Hi', 'say cheese'], 'cheese'],
    [['First words', 'Second words', 'What did I say first?'], 'The first thing you said was: "First words"'],
    [['First words', 'Second words', 'What was my last message?'], 'Your previous message was: "Second words"'],
    [['First words', 'What did I just say?'], 'Your previous message was: "First words"'],
    [['One', 'Two', 'What did I say earlier?'], 'You said: "One" "Two"'],
    [['One', 'What did you say?'], 'I said: "Ok."'],
    [['My dog barks.', 'Two', 'What did I tell you about my dog?'], 'You said: "My dog barks."'],
    [['Hi', 'Explain gravity'], /^You said: "Explain gravity" My rules have no answer/],
    [['你好', '我的狗叫旺财', '我的狗叫什么？'], '你的狗叫旺财。'],
    [['你好', '我喜欢茶'], '记住了。你喜欢茶。'],
    [['第一句', '我刚才说了什么？'], '你上一句话是："第一句"'],
    [['你好', '解释一下引力'], /^你说：“解释一下引力”/],
  ])('%j', (texts, expected) => {
    expect(later(...texts)).toEqual(isExactly(expected));
  });

  it('cannot see pictures, and says so', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const answer = reply(user('Hi'), assistant('Hi'), user([{ type: 'text', text: 'My name is Ana' }, picture]));
    expect(answer).toBe('I cannot see images, so I only read your text. Noted. Your name is Ana.');
    expect(reply(user('Hi'), assistant('Hi'), user([picture]))).toBe('I cannot see images, so I only read your text.');
  });

  it('speaks of what a tool has answered', () => {
    const call = { id: 'c', type: 'function' as const, function: { name: 'now', arguments: '{}' } };
    const asked: ChatMessage = { role: 'assistant', content: null, tool_calls: [call] };
    const result: ChatMessage = { role: 'tool', tool_call_id: 'c', content: 'noon' };
    expect(reply(user('Hi'), assistant('Hi'), user('Time?'), asked, result)).toBe('The tool answered: noon');
  });

  it('uses the personality’s name', () => {
    expect(reply(system('You are Luna, a calm companion.'), user('Who are you?'))).toContain('I am Luna, played by');
  });

  it('answers an empty request', () => {
    expect(reply()).toMatch(/Your message holds no text that I can read\.$/);
  });
});

describe('retrieved memories', () => {
  const memories =
    '<retrieved_memories note="data">\n- The user\'s dog is called Biscuit.\n- [2026-01-02] I live in Lisbon\n1. My cat is Luna\n</retrieved_memories>';

  it.each([
    ['What is my dog called?', 'Your dog is called Biscuit.'],
    ['Where do I live?', 'You live in Lisbon.'],
    ['Who is my cat?', 'Your cat is Luna.'],
  ])('answer %s', (question, answer) => {
    expect(reply(system(`You are Cozy.\n${memories}`), user('Hi'), assistant('Hi'), user(question))).toBe(answer);
  });

  it('give way to what is said now', () => {
    const messages = [system(memories), user('I live in Porto'), assistant('Ok'), user('Where do I live?')];
    expect(reply(...messages)).toBe('You live in Porto.');
  });

  it('are read from system messages only, and in their block only', () => {
    expect(reply(system('My dog is called Rex.'), user('Hi'), assistant('Hi'), user('What is my dog called?'))).toMatch(
      /not told/,
    );
    expect(reply(assistant(memories), user('What is my dog called?'))).toMatch(/not told/);
  });
});

describe('hostile input', () => {
  it.each([
    ['one endless word', 'a'.repeat(200_000)],
    ['endless spaces', ' '.repeat(200_000)],
    ['endless "I am"', 'I am '.repeat(40_000)],
    ['endless "my"', `my ${'a b '.repeat(50_000)}`],
    ['endless questions', 'what is my '.repeat(20_000) + '?'],
    ['endless tags', '<memories>'.repeat(20_000)],
    ['endless Chinese', '我的'.repeat(100_000)],
  ])('%s is answered', (_name, text) => {
    expect(reply(system(text), user(text), assistant(text), user(text))).not.toBe('');
  });
});

describe('answers from memory', () => {
  const block = (profile: string, ...memories: string[]) =>
    system(
      `<profile>\n- ${profile}\n</profile>\n\n<memories>\n${memories.map((line) => `- ${line}`).join('\n')}\n</memories>`,
    );
  const asked = (question: string, profile: string, ...memories: string[]) =>
    reply(block(profile, ...memories), user('Hi'), assistant('Hello!'), user(question));

  it('go by the profile where an older memory says something else: a correction counts', () => {
    const home = asked('Where do I live?', 'The user lives in Porto.', '[2026-01-01] I live in Lisbon');
    expect(home).toBe('You live in Porto.');
  });

  it.each<[string, string, string]>([
    ['我妹妹在哪里上学？', '我妹妹在成都读大学。', '你告诉过我：“我妹妹在成都读大学。”'],
    ['周航是谁？', '我最好的朋友叫周航，他是牙医。', '你告诉过我：“我最好的朋友叫周航，他是牙医。”'],
    ['Am I allergic to anything?', 'I am allergic to peanuts.', 'You told me: "I am allergic to peanuts."'],
  ])('quote what was told where no rule understands %s', (question, memory, expected) => {
    expect(asked(question, 'The user is 40 years old.', `[2026-01-01] ${memory}`)).toBe(expected);
  });

  it('are not what the demo said itself, what was asked, or what has nothing to do with the question', () => {
    const memories = ['[2026-01-01] You said: Paris is far.', '[2026-01-01] Is Paris nice?', 'I have a cat'];
    expect(asked('How large is Paris?', 'The user is 40 years old.', ...memories)).toMatch(/My rules have no answer/);
  });
});
