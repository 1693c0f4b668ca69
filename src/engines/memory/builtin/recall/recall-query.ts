import { askedMark } from './answer-kinds.js';
import { baseOf, rootOf } from './english-forms.js';
import { type Period, periodOf } from './recall-period.js';
import { type Term, termsOf } from './recall-terms.js';
import { relatedTerms, relatedToHan } from './related-words.js';
import { LIGHT_WORDS, STOP_WORDS } from './stop-words.js';

/** One thing that a question names, and what else may stand for it: the best of what a memory has counts. */
export interface QueryGroup {
  word: string;
  weight: number;
  /** Terms and what a hit of each counts, 1 for the term itself. */
  alternatives: Map<string, number>;
}

export interface RecallQuery {
  groups: QueryGroup[];
  /** What memories have that could be the answer. */
  asked: string | undefined;
  /** Whose words are asked for. */
  about: 'user' | 'companion' | undefined;
  period: Period | undefined;
  /** "Nora and Theo": both are asked about. */
  namesTogether: boolean;
}

/** Words near to a word, from a dictionary. */
export type Dictionary = (word: string, base: string) => readonly string[];

const CHARACTER_WEIGHT = 0.1;
const LIGHT_WEIGHT = 0.6;
const CIRCLE_WEIGHT = 0.55;
const DICTIONARY_WEIGHT = 0.25;
const MOST_GROUPS = 48;
const LATIN = /^[a-z]{3,}$/u;
const ASKS_COMPANION =
  /\b(?:did|have|had|has|were|was|do|would) you(?:'ve)? (?:\w+ ){0,2}?(?:say|said|tell|told|recommend|suggest|advi[sc]e|mention|think|promise|explain|call|give|gave|write|wrote|propose|ask|warn)|\byou (?:said|told|recommended|suggested|advised|mentioned|promised|explained|proposed)\b|\byour (?:advice|recommendation|suggestion|tip|opinion|answer|idea|recipe|explanation)|你.{0,6}(?:推荐|建议|说过|告诉|提到|提过|讲过|答应)/iu;
const NAMES_TOGETHER =
  /\p{Lu}[\p{L}’'-]*,? (?:and|or|&) (?:(?:her|his|their|my) )?\p{Lu}|\bboth\b|\p{Script=Han}{1,3}[和与跟]\p{Script=Han}/u;
const ASKS_USER = /\b(?:i|i'm|i've|my|mine|me|we|our)\b|我/iu;

/** What a question names and asks for. */
export function readQuery(question: string, now: Date, dictionary: Dictionary = () => []): RecallQuery {
  const groups = new Map<string, QueryGroup>();
  for (const term of termsOf(question)) {
    if (term.isWeak || groups.size >= MOST_GROUPS || groups.has(term.term)) continue;
    groups.set(term.term, groupOf(term, dictionary));
  }
  for (const [pair, other] of relatedToHan(question)) addAlternative(groups.get(pair), other, CIRCLE_WEIGHT);
  return {
    groups: [...groups.values()],
    asked: askedMark(question),
    about: aboutWhom(question),
    period: periodOf(question, now),
    namesTogether: NAMES_TOGETHER.test(question),
  };
}

function groupOf({ term, word, isCharacter }: Term, dictionary: Dictionary): QueryGroup {
  const group: QueryGroup = { word, weight: weightOf(word, isCharacter), alternatives: new Map() };
  group.alternatives.set(term, 1);
  if (!LATIN.test(word)) return group;
  for (const other of relatedTerms(term)) addAlternative(group, other, CIRCLE_WEIGHT);
  for (const other of dictionary(word, baseOf(word))) {
    if (!STOP_WORDS.has(other)) addAlternative(group, rootOf(other), DICTIONARY_WEIGHT);
  }
  return group;
}

function weightOf(word: string, isCharacter: boolean): number {
  if (isCharacter) return CHARACTER_WEIGHT;
  return LIGHT_WORDS.has(baseOf(word)) ? LIGHT_WEIGHT : 1;
}

function addAlternative(group: QueryGroup | undefined, term: string, weight: number): void {
  if (group !== undefined && (group.alternatives.get(term) ?? 0) < weight) group.alternatives.set(term, weight);
}

function aboutWhom(question: string): RecallQuery['about'] {
  if (ASKS_COMPANION.test(question)) return 'companion';
  return ASKS_USER.test(question) ? 'user' : undefined;
}
