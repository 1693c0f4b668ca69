/** The languages that the demo speaks. */
export type DemoLanguage = 'en' | 'zh';

/**
 * One thing that the person said of themselves.
 * `subject` is the thing spoken of (dog, favourite colour), or the verb of a taste or an occupation.
 */
export interface Fact {
  kind: 'name' | 'home' | 'origin' | 'age' | 'role' | 'work' | 'taste' | 'called' | 'attribute' | 'has' | 'note';
  subject: string;
  value: string;
}

const MAX_FACTS = 500;
const NEGATIVE_TASTES = new Set(['hate', 'dislike', "don't like", "can't stand"]);

/** What a conversation has told so far. What is said later of the same thing replaces what was said before. */
export class FactBook {
  private readonly facts = new Map<string, Fact>();
  /** The fact that "no, it's …" corrects and that "his name is …" speaks of. */
  latest: Fact | undefined;

  get all(): readonly Fact[] {
    return [...this.facts.values()];
  }

  learn(fact: Fact): void {
    const key = keyOf(fact);
    // Deleted first, so that the map stays in the order in which things were said.
    this.facts.delete(key);
    if (this.facts.size < MAX_FACTS) this.facts.set(key, fact);
    this.latest = fact;
  }

  find(kind: Fact['kind'], subject?: string): Fact | undefined {
    return this.all.findLast((fact) => fact.kind === kind && (subject === undefined || fact.subject === subject));
  }

  /** Whatever was said of a thing: its name before anything else. */
  about(subject: string): Fact | undefined {
    return this.find('called', subject) ?? this.find('attribute', subject) ?? this.find('has', subject);
  }

  tastes(positive: boolean): readonly Fact[] {
    return this.all.filter((fact) => fact.kind === 'taste' && isPositive(fact) === positive);
  }
}

export function isPositive(taste: Fact): boolean {
  return !NEGATIVE_TASTES.has(taste.subject);
}

/** "favorite color" and "favourite colour" are one thing, as are "Dog" and "the dog". */
export function subjectOf(words: string): string {
  return words
    .toLowerCase()
    .replaceAll('favorite', 'favourite')
    .replaceAll('color', 'colour')
    .replace(/^(?:the|own|new|old|little)\s+(?=\S)/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A fact as the person hears it. */
export function sayFact(fact: Fact, language: DemoLanguage): string {
  return language === 'zh' ? sayInChinese(fact) : sayInEnglish(fact);
}

function keyOf({ kind, subject, value }: Fact): string {
  if (kind === 'taste') return `taste:${value.toLowerCase()}`;
  if (kind === 'note') return `note:${value.toLowerCase()}`;
  return kind === 'work' ? 'work' : `${kind}:${subject}`;
}

const ENGLISH: Record<Fact['kind'], (fact: Fact) => string> = {
  name: ({ value }) => `Your name is ${value}.`,
  home: ({ value }) => `You live in ${value}.`,
  origin: ({ value }) => `You are from ${value}.`,
  age: ({ value }) => `You are ${value} years old.`,
  role: ({ value }) => `You are ${value}.`,
  work: ({ subject, value }) => `You ${subject} ${value}.`,
  taste: ({ subject, value }) => `You ${subject} ${value}.`,
  called: ({ subject, value }) => `Your ${subject} is called ${value}.`,
  attribute: ({ subject, value }) => `Your ${subject} ${isPlural(subject) ? 'are' : 'is'} ${value}.`,
  has: ({ value }) => `You have ${value}.`,
  note: ({ value }) => `You asked me to remember this: ${value}.`,
};

const CHINESE: Record<Fact['kind'], (fact: Fact) => string> = {
  name: ({ value }) => `你叫${value}。`,
  home: ({ value }) => `你住在${value}。`,
  origin: ({ value }) => `你来自${value}。`,
  age: ({ value }) => `你${value}岁。`,
  role: ({ value }) => `你是${value}。`,
  work: ({ value }) => `你在${value}工作。`,
  taste: (fact) => `你${isPositive(fact) ? '喜欢' : '不喜欢'}${fact.value}。`,
  called: ({ subject, value }) => `你的${subject}叫${value}。`,
  attribute: ({ subject, value }) => `你${subject.startsWith('最') ? '' : '的'}${subject}是${value}。`,
  has: ({ value }) => `你有${value}。`,
  note: ({ value }) => `你让我记住：${value}。`,
};

function sayInEnglish(fact: Fact): string {
  return ENGLISH[fact.kind](fact);
}

function sayInChinese(fact: Fact): string {
  return CHINESE[fact.kind](fact);
}

function isPlural(subject: string): boolean {
  return /[^s]s$/.test(subject);
}
