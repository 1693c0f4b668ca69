import type { DemoConversation } from './demo-conversation.js';
import type { DemoLanguage } from './demo-facts.js';

type Which = 'first' | 'previous' | 'all' | 'answer';

const EN: readonly (readonly [RegExp, Which])[] = [
  [
    /\bwhat (?:was|were) (?:my|the) (?:very )?first (?:message|question|words?|thing)\b|\bwhat did i (?:first )?(?:say|ask|tell you|write)(?: you)? (?:first|at (?:the )?(?:first|beginning|start))\b|\bwhat did i first (?:say|ask|tell)\b/i,
    'first',
  ],
  [
    /\bwhat (?:was|were) my (?:last|previous) (?:message|question|words?)\b|\bwhat did i (?:just|last) (?:say|ask|tell|write)\b|\bwhat did i (?:say|ask|tell you|write)(?: you)? (?:just now|last|before(?: this| that)?|a moment ago)\b/i,
    'previous',
  ],
  [
    /\bwhat did you (?:just )?(?:say|answer|tell me|reply)\b|\bwhat was your (?:last|previous) (?:message|answer|reply)\b/i,
    'answer',
  ],
  [
    /\bwhat did i (?:say|ask|tell you|write)(?: you)?(?: (?:earlier|so far|before|today|until now))?[\s?!.]*$|\bwhat (?:have i|i have) (?:said|asked|written)\b/i,
    'all',
  ],
];
const ZH: readonly (readonly [RegExp, Which])[] = [
  [
    /我(?:第一次|第一句|最开始|一开始|最先)(?:话)?(?:跟你|对你)?(?:说|问)了?(?:什么|的是什么)|我的第一(?:条|句)(?:消息|话)是什么/u,
    'first',
  ],
  [
    /我(?:刚才|刚刚|上一句|上次|之前最后)(?:话)?(?:跟你|对你)?(?:说|问)了?(?:什么|的是什么)|我的?上一(?:条|句)(?:消息|话)是什么/u,
    'previous',
  ],
  [/你(?:刚才|刚刚|之前|上次)(?:说|回答)了?什么/u, 'answer'],
  [/我(?:之前|以前|前面|早些时候)?(?:跟你|对你)?(?:都)?(?:说|问)(?:了|过)(?:些)?什么/u, 'all'],
];

const TOPIC = /\bwhat did i (?:say|tell you|ask(?: you)?|write) about (?:my |the )?(.+?)[\s?!.]*$/i;
const MAX_QUOTED = 5;
const QUOTE = 300;

/** The answer to a question about the conversation itself; undefined when it is not such a question. */
export function recall(conversation: DemoConversation, language: DemoLanguage): string | undefined {
  const { last, earlier } = conversation;
  const topic = TOPIC.exec(last)?.[1]?.toLowerCase();
  if (topic !== undefined && topic !== 'me' && topic !== 'myself') return onTopic(earlier, topic);
  const which = (language === 'zh' ? ZH : EN).find(([pattern]) => pattern.test(last))?.[1];
  if (which === undefined) return undefined;
  return language === 'zh' ? inChinese(which, conversation) : inEnglish(which, conversation);
}

function onTopic(earlier: readonly string[], topic: string): string {
  const found = earlier.filter((text) => text.toLowerCase().includes(topic)).slice(-MAX_QUOTED);
  return found.length === 0 ? `You have not said anything about ${topic} here.` : `You said: ${quoted(found)}`;
}

function inEnglish(which: Which, { earlier, previousAnswer }: DemoConversation): string {
  if (which === 'answer')
    return previousAnswer ? `I said: ${quoted([previousAnswer])}` : 'I have not said anything yet.';
  const found = chosen(which, earlier);
  if (found.length === 0) return 'You have not said anything before this.';
  const lead = { first: 'The first thing you said was', previous: 'Your previous message was', all: 'You said' }[which];
  return `${lead}: ${quoted(found)}`;
}

function inChinese(which: Which, { earlier, previousAnswer }: DemoConversation): string {
  if (which === 'answer') return previousAnswer ? `我说了：${quoted([previousAnswer])}` : '我还没有说过话。';
  const found = chosen(which, earlier);
  if (found.length === 0) return '在这之前你还没有说过话。';
  return `${{ first: '你的第一句话是', previous: '你上一句话是', all: '你说过' }[which]}：${quoted(found)}`;
}

function chosen(which: Exclude<Which, 'answer'>, earlier: readonly string[]): readonly string[] {
  if (which === 'first') return earlier.slice(0, 1);
  return which === 'previous' ? earlier.slice(-1) : earlier.slice(-MAX_QUOTED);
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text.length <= QUOTE ? text : `${text.slice(0, QUOTE)}…`}"`).join(' ');
}
