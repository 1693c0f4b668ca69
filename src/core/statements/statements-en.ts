import { type Fact, subjectOf } from './facts.js';

type Rule = readonly [pattern: RegExp, read: (groups: string[]) => Fact | undefined];

const OPENER =
  /^(?:(?:hi|hello|hey|oh|well|so|and|but|also|yes|no|actually|sorry|wait|correction|by the way|btw|ok|okay|please|there|remember that|remember|don't forget(?: that)?|keep in mind(?: that)?|note that|just so you know|from now on|fun fact)\b[\s,:.!-]*)+/i;
const NOTE = /^(?:please )?(?:remember|don't forget|keep in mind|note)(?: that)?[:,]? (.{3,})$/i;
const CORRECTION =
  /^(?:no|actually|sorry|wait|correction)[\s,.:!]+(?:i mean(?:t)?,? |it(?:'s| is) |make (?:that|it) )(?:called )?(.+)$/i;
const QUESTION =
  /^(?:what|who|whose|where|when|which|why|how|do|does|did|is|are|was|can|could|would|will|tell|have you)\b/i;

/** "I'm Portuguese" is no name. */
const NO_NAME =
  /^(?:english|british|irish|scottish|american|canadian|australian|portuguese|spanish|french|german|italian|dutch|polish|greek|swedish|danish|norwegian|finnish|russian|turkish|chinese|japanese|korean|indian|brazilian|mexican|european|asian|african|ok|okay|fine|sorry|back|here|ready|not|so|very|just|christian|muslim|jewish|catholic|buddhist|hindu)\b/i;
const NOT_CALLED = /^(?:later|back|tomorrow|tonight|when|if|at|on|in|a|an|the|maybe|soon|anytime|again)\b/i;
/** What people have without its being about them. */
const NO_POSSESSION =
  /^(?:question|problem|idea|feeling|request|doubt|point|task|plan|favou?r|minute|moment|look|lot|bit|few|thought|suggestion)/i;

const TASTE =
  "like|love|enjoy|adore|prefer|hate|dislike|detest|can't stand|cannot stand|don't like|do not like|don't enjoy|no longer like|no longer love|no longer enjoy";
const TASTE_WORDS: Readonly<Record<string, string>> = {
  adore: 'love',
  detest: 'hate',
  'cannot stand': "can't stand",
  'do not like': "don't like",
  "don't enjoy": "don't like",
  'no longer like': "don't like",
  'no longer love': "don't like",
  'no longer enjoy': "don't like",
};

const RULES: readonly Rule[] = [
  [
    /^(?:my name(?:'s| is)|i(?:'m| am) called|i go by|(?:you can |they |my friends |everyone )?calls? me)(?: now)? (.+)$/i,
    nameOf,
  ],
  [/^(?:[Ii](?:'m| am)|[Tt]his is) ((?:\p{Lu}[\p{L}'-]+)(?: \p{Lu}[\p{L}'-]+){0,2})$/u, nameOf],
  [
    /^i(?:'m| am|'ve| have)?(?: (?:just|now|recently|currently|actually))* (?:live|living|moved|based|reside)(?: now)? (?:in|to|at|near) (.+)$/i,
    one('home'),
  ],
  [
    /^i(?:'m| am|'ve| have)?(?: (?:just|recently))?(?: mov(?:ed|ing)| relocat(?:ed|ing)) from .+? to (.+)$/i,
    one('home'),
  ],
  [/^i(?:'m| am| come)(?: originally)? from (.+)$/i, one('origin')],
  [/^i(?:'m| am) (\d{1,3})(?: years old)?$/i, one('age')],
  [
    /^i (work|study|teach)((?: (?:as|at|for|in|with))? .+)$/i,
    ([verb = '', value = '']) => fact('work', verb.toLowerCase(), value),
  ],
  [/^i(?:'m| am)(?: (?:very|really|severely|also))* allergic to (.+)$/i, one('allergy')],
  [/^i have (?:an? )?(?:(?:bad|severe|serious) )?([\p{L} -]{2,40}?) allergy$/iu, one('allergy')],
  [/^i was born (?:on|in) (.*\d.*)$/i, ([value = '']) => fact('attribute', 'birthday', value)],
  [/^i(?:'m| am)(?: now)? ((?:a )?(?:vegan|vegetarian|pescatarian)\b.*)$/i, one('role')],
  [/^i(?:'m| am) (an? (?!bit\b|little\b|lot\b).+)$/i, one('role')],
  [
    new RegExp(
      `^i(?: (?:really|also|still|do|absolutely|actually|just|totally))* (${TASTE})(?: (?:eating|drinking) (?=\\S))? (.+)$`,
      'i',
    ),
    tasteOf,
  ],
  [
    /^i(?:'ve| have)(?: got)? ((?:an?|one|two|three|four|five|six|\d+) [\p{L} -]+?)(?:,? (?:called|named|whose name is) (.+))?$/iu,
    possessionOf,
  ],
  [/^my (.{1,40}?)(?:'s? name(?:'s| is)|(?:'s| is| are) (?:called|named)) (.+)$/i, two('called')],
  [/^the name of my (.{1,40}?) is (.+)$/i, two('called')],
  [/^i (?:named|call|called) my ([\p{L}-]+) (.+)$/iu, two('called')],
  [
    /^my (.{1,40}?) (?:isn't|is not) (?:called |named )?.+?,? (?:but|it's|it is|he's|she's) (?:called |named )?(.+)$/i,
    two('attribute'),
  ],
  [/^my ([\p{L}' -]{1,40}?)(?:'s| is| are) (.+)$/iu, two('attribute')],
];

const PRONOUN =
  /^(?:(?:his|her|its|their) names?(?:'s| is| are)|(?:he|she|it)(?:'s| is) (?:called|named)|they(?:'re| are) called) (.+)$/i;

/** What one English clause says about the person who said it; memories in the third person are read too. */
export function readEnglish(clause: string, latest: Fact | undefined): Fact | undefined {
  const text = inFirstPerson(clause);
  const corrected = CORRECTION.exec(text)?.[1];
  if (corrected !== undefined && latest !== undefined && corrected.split(' ').length <= 4) {
    return fact(latest.kind, latest.subject, corrected);
  }
  const statement = withoutOpener(text);
  if (QUESTION.test(statement)) return undefined;
  const pronoun = PRONOUN.exec(statement)?.[1];
  if (pronoun !== undefined && latest !== undefined) return fact('called', singular(latest.subject), pronoun);
  return byRule(statement) ?? noteOf(text);
}

export const withoutOpener = (text: string): string => text.replace(OPENER, '');

function byRule(statement: string): Fact | undefined {
  for (const [pattern, read] of RULES) {
    const match = pattern.exec(statement);
    const found = match === null ? undefined : read(match.slice(1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function noteOf(text: string): Fact | undefined {
  const note = NOTE.exec(text)?.[1];
  return note === undefined || /^(?:me|my|what|when|how|who|to)\b/i.test(note) ? undefined : fact('note', '', note);
}

/** "The user's dog is called …" and "The user lives in …" are how memories are often worded. */
function inFirstPerson(clause: string): string {
  if (!/^(?:the )?user\b/i.test(clause)) return clause;
  return clause
    .replace(/^(?:the )?user's /i, 'my ')
    .replace(/^(?:the )?user (?:is|was) /i, 'I am ')
    .replace(/^(?:the )?user has /i, 'I have ')
    .replace(/^(?:the )?user (?:does not|doesn't) /i, "I don't ")
    .replace(/^(?:the )?user (\w+?)s /i, 'I $1 ');
}

function nameOf([value = '']: string[]): Fact | undefined {
  const name = valueOf(value).replace(/ (?:now|from now on|instead)$/i, '');
  if (NO_NAME.test(name) || NOT_CALLED.test(name) || name.split(' ').length > 4) return undefined;
  return { kind: 'name', subject: '', value: name };
}

function tasteOf([verb = '', value = '']: string[]): Fact {
  const word = verb.toLowerCase();
  return fact('taste', TASTE_WORDS[word] ?? word, value.replace(/ (?:any ?more|very much|a lot|so much|most)$/i, ''));
}

function possessionOf([value = '', name]: string[]): Fact | undefined {
  const noun = value.replace(/^\S+ /, '');
  if (NO_POSSESSION.test(noun)) return undefined;
  const head = singular(noun.split(' ').at(-1) ?? noun);
  return name === undefined ? { ...fact('has', subjectOf(head), value) } : fact('called', head, name);
}

function one(kind: Fact['kind']): Rule[1] {
  return ([value = '']) => fact(kind, '', value);
}

function two(kind: Fact['kind']): Rule[1] {
  return ([subject = '', value = '']) => fact(kind, subject, value);
}

function fact(kind: Fact['kind'], subject: string, value: string): Fact {
  return { kind, subject: subjectOf(subject), value: valueOf(value) };
}

function valueOf(text: string): string {
  return text
    .replace(/,? (?:too|now|as well|though|please|by the way|btw|not .+|any ?more)$/i, '')
    .replaceAll(/^["'“]|["'”]$/g, '')
    .trim();
}

function singular(noun: string): string {
  return /[^su]s$/.test(noun) ? noun.slice(0, -1) : noun;
}
