import type { DemoLanguage } from './demo-facts.js';
import type { DemoPassage } from './demo-passages.js';

interface Names {
  /** The personality's. */
  persona: string | undefined;
  /** The person's. */
  name: string | undefined;
}

interface Words {
  /** Begins a conversation's first answer. */
  disclosure: string;
  noPictures: string;
  empty: string;
  greeting(names: Names): string;
  howAreYou(names: Names): string;
  thanks(names: Names): string;
  goodbye(names: Names): string;
  help(names: Names): string;
  whoAreYou(names: Names): string;
  noted(facts: readonly string[]): string;
  passage(passage: DemoPassage): string;
  told(statement: string): string;
  toolResults(results: readonly string[]): string;
  fallback(message: string): string;
}

const comma = (name: string | undefined) => (name === undefined ? '' : `, ${name}`);

/** Everything that the demo says in its own words. */
export const WORDS: Readonly<Record<DemoLanguage, Words>> = {
  en: {
    disclosure:
      'I am a rule-based demo, not a language model: set OPENAI_API_KEY or OPENAI_BASE_URL on the server to talk to a real one.',
    noPictures: 'I cannot see images, so I only read your text.',
    empty: 'Your message holds no text that I can read.',
    greeting: ({ persona, name }) =>
      `Hello${comma(name)}! ${persona === undefined ? '' : `I am ${persona}. `}Tell me something about yourself, and ask me about it later.`,
    howAreYou: ({ name }) => `My rules are all in order, thank you${comma(name)}. How are you?`,
    thanks: ({ name }) => `You are welcome${comma(name)}!`,
    goodbye: ({ name }) => `Goodbye${comma(name)}!`,
    help: () =>
      'I remember simple things that you tell me ("My name is Ana", "I live in Lisbon", "My dog is called Biscuit", "I love tea") and answer questions about them ("What is my dog called?", "What do you know about me?"). I can also tell what you said before ("What did I say first?") and repeat after you. Where the personality allows its tools, I can do sums ("What is 12 * 12?"), convert units ("Convert 10 miles to km") and tell the time. For anything more, the server needs a real model.',
    whoAreYou: ({ persona }) =>
      `${persona === undefined ? 'I am' : `I am ${persona}, played by`} CozyEngine's built-in demo: a set of rules, not a language model.`,
    noted: (facts) => `Noted. ${facts.join(' ')}`,
    passage: ({ source, text }) => `The documents say: "${text}" (source: ${source})`,
    told: (statement) => `You told me: "${statement}"`,
    toolResults: (results) => `The tool answered: ${results.join(' ')}`,
    fallback: (message) =>
      `You said: "${message}" My rules have no answer to that. I can remember what you tell me about yourself and answer questions about it; say "help" for examples.`,
  },
  zh: {
    disclosure:
      '我是一个基于规则的演示程序，不是语言模型：在服务器上设置 OPENAI_API_KEY 或 OPENAI_BASE_URL 即可与真正的模型对话。',
    noPictures: '我看不到图片，只能读文字。',
    empty: '你的消息里没有我能读的文字。',
    greeting: ({ persona, name }) =>
      `你好${name === undefined ? '' : `，${name}`}！${persona === undefined ? '' : `我是${persona}。`}告诉我一些关于你的事，之后可以问我。`,
    howAreYou: () => '我的规则一切正常，谢谢。你呢？',
    thanks: () => '不客气！',
    goodbye: ({ name }) => `再见${name === undefined ? '' : `，${name}`}！`,
    help: () =>
      '我能记住你说的简单事情（“我叫小明”“我住在上海”“我的狗叫旺财”“我喜欢喝茶”），并回答相关问题（“我的狗叫什么？”“你知道我什么？”）。我也能告诉你之前说过什么。更多功能需要服务器配置真正的模型。',
    whoAreYou: ({ persona }) =>
      `我是${persona === undefined ? '' : `${persona}，由`} CozyEngine 内置的演示程序${persona === undefined ? '' : '扮演'}：一组规则，不是语言模型。`,
    noted: (facts) => `记住了。${facts.join('')}`,
    passage: ({ source, text }) => `文档里写着：“${text}”（来源：${source}）`,
    told: (statement) => `你告诉过我：“${statement}”`,
    toolResults: (results) => `工具的回答：${results.join(' ')}`,
    fallback: (message) =>
      `你说：“${message}” 我的规则里没有对应的回答。我能记住你告诉我的关于你的事并回答相关问题；说“帮助”看例子。`,
  },
};
