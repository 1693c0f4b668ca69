import { type Fact, type FactBook, isPositive, subjectOf } from '../../../core/statements/facts.js';
import { sayFact } from './demo-facts.js';

type Answerer = (book: FactBook, groups: string[]) => string;

const OPENER =
  /^(?:(?:hi|hello|hey|so|and|ok|okay|well|please|now|then|quick question|i forgot|i wonder|remind me|tell me|can you|could you|do you(?: still)?|would you|know|remember|recall|say)\b[\s,:.!-]*)+/i;

const QUESTIONS: readonly (readonly [RegExp, Answerer])[] = [
  [
    /^(?:what(?:'s| is| was)? my name(?: is| was)?|my name|who (?:am i|i am)|what (?:am i|i am|i'm) called)$/,
    (book) => known(book.find('name'), 'your name'),
  ],
  [
    /^where (?:do i live|i live|am i living|is my home)$|^(?:what|which) (?:city|town|country|place) do i live in$/,
    (book) => known(book.find('home'), 'where you live'),
  ],
  [/^where (?:am i|do i come|i am|i'm|i come) from$/, (book) => known(book.find('origin'), 'where you are from')],
  [/^(?:how old (?:am i|i am)|(?:what(?:'s| is) )?my age)$/, (book) => known(book.find('age'), 'your age')],
  [
    /^(?:where|what) do i (?:work|study|teach).*$|^what(?:'s| is) my (?:job|work|profession)$|^what do i do(?: for (?:a living|work))?$/,
    (book) => known(book.find('work') ?? book.find('role'), 'what you do'),
  ],
  [
    /^what (?:[\p{L} ]{1,30} )?(?:do i|i) (?:hate|dislike|detest|not like|can't stand)\b.*$|^what don't i like$/u,
    (book) => tastes(book, false),
  ],
  [
    /^what (?:[\p{L} ]{1,30} )?(?:do i|i) (?:really )?(?:like|love|enjoy|prefer|adore)\b.*$|^what are my likes$/u,
    (book) => tastes(book, true),
  ],
  [/^(?:do i|if i|whether i) (?:like|love|enjoy|hate|dislike) (.+)$/, (book, [thing = '']) => tasteFor(book, thing)],
  [/^(?:do i|if i|whether i) have (?:an? |any |some )?(.+)$/, (book, [thing = '']) => possession(book, thing)],
  [/^(?:what(?:'s| is| was) )?the name of my (.+)$/, (book, [thing = '']) => about(book, thing)],
  [
    /^(?:what|how)(?:'s| is| was| are)? my (.+?)(?: is| are)? (?:called|named)$/,
    (book, [thing = '']) => about(book, thing),
  ],
  [/^what (?:do|did) i (?:call|name) my (.+)$/, (book, [thing = '']) => about(book, thing)],
  [
    /^(?:(?:what|who|when|which|where|how old|how)(?:'s| is| are| was)? )?my (.+?)(?:'s? name)?(?: is| are)?$/,
    (book, [thing = '']) => about(book, thing),
  ],
];

const ABOUT_ME =
  /^(?:what|everything|anything|something)?\s*(?:(?:do|have) you|you|i|have i|did i)?\s*(?:know|remember|learn(?:ed|t)?|told you|tell you|stored?|saved?)?\s*(?:so far )?about (?:me|myself)$|^what (?:do you (?:know|remember)|have i told you|i(?:'ve| have) told you)(?: so far)?$|^summari[sz]e what i(?:'ve| have)? (?:said|told you)$/;

/** The answer to a question about the person who asks; undefined when it is not such a question. */
export function answerEnglish(question: string, book: FactBook): string | undefined {
  const asked = normalised(question);
  if (ABOUT_ME.test(asked)) return everything(book);
  for (const [pattern, answer] of QUESTIONS) {
    const match = pattern.exec(asked);
    if (match !== null) return answer(book, match.slice(1));
  }
  return undefined;
}

function normalised(question: string): string {
  const asked = lastSentence(question)
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[\s?!.]+$/, '');
  const bare = asked.replace(OPENER, '');
  return (bare === '' ? asked : bare).replace(/,? (?:again|please|by the way|then|now|anyway)$/, '');
}

/** "Thanks! What is my dog called?" asks one thing. */
function lastSentence(text: string): string {
  return (
    text
      .trim()
      .split(/(?<=[.!?])\s+/)
      .at(-1) ?? text
  );
}

function known(fact: Fact | undefined, what: string): string {
  return fact === undefined ? `You have not told me ${what} yet.` : sayFact(fact, 'en');
}

function about(book: FactBook, thing: string): string {
  const subject = subjectOf(thing);
  const fact = book.about(subject) ?? book.about(subject.replace(/s$/, ''));
  return known(fact, `about your ${subject}`);
}

function tastes(book: FactBook, positive: boolean): string {
  const found = book.tastes(positive);
  if (found.length > 0) return found.map((fact) => sayFact(fact, 'en')).join(' ');
  return `You have not told me what you ${positive ? 'like' : 'dislike'} yet.`;
}

function tasteFor(book: FactBook, thing: string): string {
  const fact = [...book.tastes(true), ...book.tastes(false)].find(({ value }) => value.toLowerCase() === thing);
  if (fact === undefined) return `You have not told me whether you like ${thing}.`;
  return `${isPositive(fact) ? 'Yes' : 'No'}: ${lowerFirst(sayFact(fact, 'en'))}`;
}

function possession(book: FactBook, thing: string): string {
  const singular = subjectOf(thing).replace(/([^s])s$/, '$1');
  const fact = book.about(singular) ?? book.about(subjectOf(thing));
  return fact === undefined ? `You have not told me whether you have ${thing}.` : `Yes. ${sayFact(fact, 'en')}`;
}

function everything(book: FactBook): string {
  if (book.all.length === 0) return 'You have not told me anything about yourself yet.';
  return `This is what you have told me: ${book.all.map((fact) => sayFact(fact, 'en')).join(' ')}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
