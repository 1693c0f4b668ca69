import type { Apology } from './turns/turn-event.js';

const APOLOGIES: Readonly<Record<'en' | 'zh', Readonly<Record<Apology, string>>>> = {
  en: {
    'not-understood': "I'm sorry, I could not hear that properly. Could you say it again?",
    'no-answer': "I'm sorry, something went wrong and I cannot answer right now.",
  },
  zh: {
    'not-understood': '抱歉，我没有听清楚，请再说一遍好吗？',
    'no-answer': '抱歉，出了点问题，我现在没法回答。',
  },
};

/** What the companion says where it cannot answer: in the call's language, or the one last spoken. */
export function apologyText(apology: Apology, language: string | null, lastSaid: string): string {
  const isChinese = language ? language.startsWith('zh') : /\p{sc=Han}/u.test(lastSaid);
  return APOLOGIES[isChinese ? 'zh' : 'en'][apology];
}
