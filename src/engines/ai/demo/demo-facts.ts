import { type Fact, isPositive } from '../../../core/statements/facts.js';

/** The languages that the demo speaks. */
export type DemoLanguage = 'en' | 'zh';

/** A fact as the person hears it. */
export function sayFact(fact: Fact, language: DemoLanguage): string {
  return language === 'zh' ? sayInChinese(fact) : sayInEnglish(fact);
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
  allergy: ({ value }) => `You are allergic to ${value}.`,
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
  allergy: ({ value }) => `你对${value}过敏。`,
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
