import { type Fact, FactBook } from './facts.js';
import { readChinese } from './statements-zh.js';
import { readEnglish } from './statements-en.js';

/** Enough for any statement; keeps the patterns off pasted documents. */
const MAX_TEXT = 4000;
const MAX_CLAUSE = 200;
const MAX_STATEMENTS = 400;

/** What a person's own words (and the memories kept of them) say about the person, later words over earlier ones. */
export function readFacts(statements: readonly string[]): FactBook {
  const book = new FactBook();
  for (const statement of statements.slice(-MAX_STATEMENTS)) learnFrom(book, statement);
  return book;
}

/** The facts of one text alone, given what was said before. */
export function learnFrom(book: FactBook, text: string): Fact[] {
  const learned: Fact[] = [];
  for (const clause of clausesOf(text)) {
    const fact = (hasHan(clause) ? readChinese : readEnglish)(clause, book.latest);
    if (fact === undefined) continue;
    book.learn(fact);
    learned.push(fact);
  }
  return learned;
}

export function hasHan(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}

/** Statements only: a question teaches nothing. */
function clausesOf(text: string): string[] {
  return text
    .slice(0, MAX_TEXT)
    .replaceAll('’', "'")
    .split(
      /(?<=[.!?])\s+|(?<=[。！？；;\n])|[，]|,\s+(?=(?:i|my|his|her|its)\b)|,?\s+(?:and|but|also)\s+(?=(?:i|my|call)\b)/iu,
    )
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '' && clause.length <= MAX_CLAUSE && !/[?？]$/.test(clause))
    .map((clause) => clause.replace(/[.!。！；;,]+$/u, ''));
}
