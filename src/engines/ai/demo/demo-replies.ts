import { answerEnglish } from './demo-answers-en.js';
import { answerChinese } from './demo-answers-zh.js';
import type { DemoConversation } from './demo-conversation.js';
import type { Fact } from '../../../core/statements/facts.js';
import { hasHan, learnFrom, readFacts } from '../../../core/statements/statements.js';
import { type DemoLanguage, sayFact } from './demo-facts.js';
import { fittingSentence } from './demo-passages.js';
import { recall } from './demo-recall.js';
import { WORDS } from './demo-words.js';

const QUOTE = 160;
const LONGEST_PASSAGE = 600;
const ABOUT_ME = /\b(?:my|mine|me|i|am)\b|我/iu;
const ASKS = /[?？]\s*$/u;
const REPEAT =
  /^(?:please |can you |could you )?(?:repeat(?: after me)?|say)\b[\s,:]+(.+)$|^(?:请)?(?:跟我说|重复|跟着我说)[:：，,\s]*(.+)$/isu;
const GREETING =
  /^(?:hi|hello|hey|good (?:morning|afternoon|evening)|howdy|greetings)(?: (?:there|again|cozy))?[\s!.,]*$|^(?:你好|您好|嗨|早上好|晚上好|下午好)[呀啊！!。]*$/iu;
const HOW_ARE_YOU = /^(?:(?:hi|hello|hey)[\s,!]*)?how are you(?: (?:doing|today))?[\s?!.]*$|^你好吗[？?]*$/iu;
const THANKS = /^(?:ok(?:ay)?[\s,!.]*)?(?:thanks?|thank you|cheers|thx)\b.{0,40}$|^(?:谢谢|多谢|感谢).{0,10}$/iu;
const GOODBYE =
  /^(?:good ?bye|bye(?: bye)?|see you(?: later| soon)?|good night)[\s!.]*$|^(?:再见|拜拜|晚安)[！!。]*$/iu;
const HELP =
  /^(?:help(?: me)?|what can you do(?: for me)?|what can i (?:do|ask|say|tell you).*)[\s?!.]*$|^(?:帮助|你能做什么|你会什么)[？?]*$/iu;
const WHO_ARE_YOU =
  /^(?:who|what) are you\b.*$|^what(?:'s| is) your name.*$|^are you (?:an? )?(?:ai|bot|robot|human|real|language model|llm|chatgpt).*$|^你(?:是谁|叫什么(?:名字)?|是什么)[？?]*$/iu;

type SmallTalk = 'greeting' | 'howAreYou' | 'thanks' | 'goodbye' | 'help' | 'whoAreYou';

const SMALL_TALK: readonly (readonly [RegExp, SmallTalk])[] = [
  [HOW_ARE_YOU, 'howAreYou'],
  [GREETING, 'greeting'],
  [THANKS, 'thanks'],
  [GOODBYE, 'goodbye'],
  [HELP, 'help'],
  [WHO_ARE_YOU, 'whoAreYou'],
];

/**
 * The demo's answer: rules over what was said, and nothing else. The first answer of a conversation begins by saying so
 * and how to get a real model.
 */
export function replyTo(conversation: DemoConversation): string {
  const language: DemoLanguage = hasHan(conversation.last) ? 'zh' : 'en';
  const words = WORDS[language];
  const parts = [
    conversation.isFirstAnswer ? words.disclosure : '',
    conversation.hasPictures ? words.noPictures : '',
    bodyOf(conversation, language),
  ];
  return parts.filter((part) => part !== '').join(language === 'zh' ? '' : ' ');
}

function bodyOf(conversation: DemoConversation, language: DemoLanguage): string {
  const words = WORDS[language];
  const { last, toolResults } = conversation;
  if (toolResults.length > 0) return words.toolResults(toolResults.map(quote));
  if (last === '') return conversation.hasPictures ? '' : words.empty;
  return repeated(last) ?? smallTalk(conversation, language) ?? fromFacts(conversation, language);
}

function repeated(text: string): string | undefined {
  const match = REPEAT.exec(text);
  const words = match?.[1] ?? match?.[2];
  return words?.trim().replace(/^["“'](.*)["”']$/su, '$1');
}

function smallTalk({ last, persona, statements }: DemoConversation, language: DemoLanguage): string | undefined {
  const kind = SMALL_TALK.find(([pattern]) => pattern.test(last))?.[1];
  if (kind === undefined) return undefined;
  return WORDS[language][kind]({ persona, name: readFacts(statements).find('name')?.value });
}

function fromFacts(conversation: DemoConversation, language: DemoLanguage): string {
  const { last, statements } = conversation;
  const book = readFacts(statements);
  // What the message itself says counts: "My dog is called Rex. What is my dog called?"
  const learned = learnFrom(book, last);
  if (learned.length > 0 && !/[?？]\s*$/.test(last)) return acknowledge(learned, language);
  const documents = () => fromDocuments(conversation, language);
  const facts = () => recall(conversation, language) ?? (language === 'zh' ? answerChinese : answerEnglish)(last, book);
  // "What is the warranty?" is about documents, "What is my name?" about the person.
  const ways = ABOUT_ME.test(last) ? [facts, documents] : [documents, facts];
  return ways[0]?.() ?? ways[1]?.() ?? fromMemories(conversation, language) ?? WORDS[language].fallback(quote(last));
}

/** What the person said before that fits a question which no rule understands. */
function fromMemories({ last, memories }: DemoConversation, language: DemoLanguage): string | undefined {
  const statements = memories.filter((text) => !ASKS.test(text));
  if (!ASKS.test(last)) return undefined;
  // Those that were found fit the question; where it is not about the person, they should say so.
  const nearest = ABOUT_ME.test(last) ? statements[0] : undefined;
  const found =
    nearest ??
    fittingSentence(
      last,
      statements.map((text) => ({ source: '', text })),
    )?.text;
  return found && WORDS[language].told(quote(found));
}

function fromDocuments({ last, passages }: DemoConversation, language: DemoLanguage): string | undefined {
  const found = fittingSentence(last, passages);
  return found && WORDS[language].passage({ source: quote(found.source), text: found.text.slice(0, LONGEST_PASSAGE) });
}

function acknowledge(learned: readonly Fact[], language: DemoLanguage): string {
  return WORDS[language].noted(learned.map((fact) => sayFact(fact, language)));
}

function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= QUOTE ? line : `${line.slice(0, QUOTE).trimEnd()}…`;
}
