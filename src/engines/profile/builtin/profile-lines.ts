import { hasHan } from '../../../core/statements/statements.js';
import { countTokens } from '../../../core/util/token-estimate.js';
import type { KeyedFact } from './profile-keys.js';
import { chineseRelation } from './relations.js';

/** What matters most in a conversation comes first. */
const ORDER =
  'name nickname pronouns age birthday home origin allergy family pet occupation work studies teaches role people has diet likes dislikes favourite'.split(
    ' ',
  );

const ENGLISH: Readonly<Record<string, (value: string) => string>> = {
  home: (value) => `The user lives in ${value}.`,
  origin: (value) => `The user is from ${value}.`,
  age: (value) => `The user is ${value} years old.`,
  role: (value) => `The user is ${value}.`,
  work: (value) =>
    /^(?:as|at|for|in|with)\b/i.test(value) ? `The user works ${value}.` : `The user's work is ${value}.`,
  studies: (value) => `The user studies ${value}.`,
  teaches: (value) => `The user teaches ${value}.`,
  likes: (value) => `The user likes ${value}.`,
  dislikes: (value) => `The user dislikes ${value}.`,
  allergy: (value) => `The user is allergic to ${value}.`,
};

const CHINESE: Readonly<Record<string, (value: string) => string>> = {
  name: (value) => `用户叫${value}。`,
  home: (value) => `用户住在${value}。`,
  origin: (value) => `用户来自${value}。`,
  age: (value) => `用户${value}岁。`,
  role: (value) => `用户是${value}。`,
  work: (value) => `用户在${value}工作。`,
  occupation: (value) => `用户的职业是${value}。`,
  likes: (value) => `用户喜欢${value}。`,
  dislikes: (value) => `用户不喜欢${value}。`,
  allergy: (value) => `用户对${value}过敏。`,
  birthday: (value) => `用户的生日是${value}。`,
};

/** People, animals and things that have a name. */
const NAMED = new Set(['family', 'pet', 'people', 'called']);

/** A fact as a short sentence, in the language of its value. */
export function sayProfileFact(fact: KeyedFact): string {
  return (hasHan(fact.value) ? sayInChinese(fact) : undefined) ?? sayInEnglish(fact);
}

/** Undefined for what is not said in Chinese yet. */
function sayInChinese({ key, value }: KeyedFact): string | undefined {
  const relation = chineseRelation(key);
  if (relation !== undefined) return `用户的${relation}叫${value}。`;
  const { group, subject } = partsOf(key);
  return group === 'favourite' ? `用户最喜欢的${subject}是${value}。` : CHINESE[key]?.(value);
}

function sayInEnglish({ key, value }: KeyedFact): string {
  const { group, subject } = partsOf(key);
  if (NAMED.has(group)) return `The user's ${subject} is called ${value}.`;
  if (group === 'has') return `The user has ${value}.`;
  return ENGLISH[key]?.(value) ?? `The user's ${key.replaceAll(/[._-]+/g, ' ')} is ${value}.`;
}

function partsOf(key: string): { group: string; subject: string } {
  const [group = key, ...rest] = key.split('.');
  return { group, subject: rest.join(' ').replaceAll('-', ' ') || group };
}

/** The order in which facts are told; among equals the order given stays. */
export function byImportance<Kept extends KeyedFact>(facts: readonly Kept[]): Kept[] {
  return facts.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** As many facts as fit, one a line, the most important first. */
export function profileText(facts: readonly KeyedFact[], maxTokens: number): string {
  let text = '';
  for (const fact of byImportance(facts)) {
    const longer = text === '' ? sayProfileFact(fact) : `${text}\n${sayProfileFact(fact)}`;
    // A shorter one may still fit.
    if (countTokens(longer) <= maxTokens) text = longer;
  }
  return text;
}

function placeOf({ key }: KeyedFact): number {
  const at = ORDER.findIndex((known) => key === known || key.startsWith(`${known}.`));
  return at === -1 ? ORDER.length : at;
}
