import { type Ending, type Fact, isPositive } from '../../../core/statements/facts.js';
import { normalText } from '../../../core/util/normal-text.js';
import { relationKey } from './relations.js';

/** A fact before it is kept. */
export interface KeyedFact {
  key: string;
  value: string;
}

export const MAX_KEY = 64;
export const MAX_VALUE = 500;

const KEY = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u;

/** Of these a user may have several at a time. */
const SEVERAL = new Set(
  'likes dislikes role allergy allergies hobby hobbies interest interests language languages skill skills goal goals plan plans friend friends people.friend people.colleague people.neighbour people.teacher event events note notes condition conditions'.split(
    ' ',
  ),
);

/** What people say of themselves with "my … is …" that stays true for a while; anything else is the day's talk. */
const LASTING: Readonly<Record<string, string>> = {
  birthday: 'birthday',
  生日: 'birthday',
  anniversary: 'anniversary',
  'wedding anniversary': 'anniversary',
  纪念日: 'anniversary',
  job: 'occupation',
  occupation: 'occupation',
  profession: 'occupation',
  工作: 'occupation',
  职业: 'occupation',
  hometown: 'origin',
  家乡: 'origin',
  老家: 'origin',
  nationality: 'nationality',
  国籍: 'nationality',
  religion: 'religion',
  major: 'major',
  专业: 'major',
  school: 'school',
  学校: 'school',
  university: 'university',
  大学: 'university',
  company: 'company',
  公司: 'company',
  'native language': 'native-language',
  'mother tongue': 'native-language',
  母语: 'native-language',
  'star sign': 'star-sign',
  星座: 'star-sign',
  'blood type': 'blood-type',
  血型: 'blood-type',
  height: 'height',
  身高: 'height',
  pronouns: 'pronouns',
  'time zone': 'time-zone',
  timezone: 'time-zone',
  hobby: 'hobby',
  hobbies: 'hobby',
  爱好: 'hobby',
  nickname: 'nickname',
  外号: 'nickname',
  'last name': 'last-name',
  surname: 'last-name',
  diet: 'diet',
};

const VERB_KEYS: Readonly<Record<string, string>> = { work: 'work', study: 'studies', teach: 'teaches' };

/** "My sister is Mia", but not "my sister is tired". */
const PROPER_NAME = /^\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+){0,2}$/u;

/** What there can be one of: a fact supersedes the one before it in the same slot. */
export function slotOf({ key, value }: KeyedFact): string {
  // "I don't like sushi any more" contradicts "I love sushi".
  if (key === 'likes' || key === 'dislikes') return `taste:${normalText(value)}`;
  return SEVERAL.has(key) || SEVERAL.has(key.split('.')[0] ?? '') ? `${key}:${normalText(value)}` : key;
}

/** A key as it is kept, undefined where it cannot be one: lower-case words with dots and dashes. */
export function tidyKey(text: string): string | undefined {
  const key = text.normalize('NFKC').trim().toLowerCase().replaceAll(/\s+/gu, '-');
  return key.length <= MAX_KEY && KEY.test(key) ? key : undefined;
}

/** A value as it is kept: one line. Undefined where nothing is left, or too much. */
export function tidyValue(text: string): string | undefined {
  const value = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return value === '' || Array.from(value).length > MAX_VALUE ? undefined : value;
}

/** How the profile keeps what the rules have read; undefined for what is no lasting fact of the user. */
export function keyedFact(fact: Fact): KeyedFact | undefined {
  const key = KEY_OF[fact.kind](fact);
  const tidied = key === undefined ? undefined : tidyKey(key);
  const value = tidyValue(fact.value);
  return tidied === undefined || value === undefined ? undefined : { key: tidied, value };
}

/** The keys of what has ended. */
export function endedKeys({ ends, subject }: Ending): string[] {
  if (ends !== 'has') return [...ENDED_KEYS[ends]];
  const relation = relationKey(subject);
  const keys = relation === undefined ? [`called.${subject}`] : [relation, `has.${relation.split('.')[1]}`];
  return keys.flatMap((key) => tidyKey(key) ?? []);
}

/** A model may have put into one key what rules put into another. */
const ENDED_KEYS: Record<Exclude<Ending['ends'], 'has'>, readonly string[]> = {
  role: ['role', 'diet', 'occupation', 'work'],
  home: ['home'],
  work: ['work', 'occupation', 'company'],
  allergy: ['allergy'],
};

const KEY_OF: Record<Fact['kind'], (fact: Fact) => string | undefined> = {
  name: () => 'name',
  home: () => 'home',
  origin: () => 'origin',
  age: () => 'age',
  role: () => 'role',
  allergy: () => 'allergy',
  taste: (fact) => (isPositive(fact) ? 'likes' : 'dislikes'),
  work: ({ subject }) => VERB_KEYS[subject],
  called: ({ subject }) => relationKey(subject) ?? `called.${subject}`,
  has: ({ subject }) => hasKey(subject),
  attribute: attributeKey,
  note: () => undefined,
};

/** "I have two brothers" says something lasting; "I have a meeting" does not. */
function hasKey(subject: string): string | undefined {
  const relation = relationKey(subject);
  return relation === undefined ? undefined : `has.${relation.split('.')[1]}`;
}

function attributeKey({ subject, value }: Fact): string | undefined {
  const favourite = /^(?:favourite |最喜欢的)(.+)$/u.exec(subject)?.[1];
  if (favourite !== undefined) return `favourite.${favourite}`;
  const relation = relationKey(subject);
  return relation !== undefined && PROPER_NAME.test(value) ? relation : LASTING[subject];
}
