import { readEnding } from './endings.js';
import { type Ending, type Fact, FactBook } from './facts.js';
import { chineseStatement, readChinese } from './statements-zh.js';
import { readEnglish, withoutOpener } from './statements-en.js';

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
  return statementsOf(book, text).flatMap((statement) => ('ends' in statement ? [] : [statement]));
}

/** The same with what is said to be no longer so, in the order in which it is said. */
export function statementsOf(book: FactBook, text: string): (Fact | Ending)[] {
  const learned: (Fact | Ending)[] = [];
  for (const clause of clausesOf(text)) {
    const isChinese = hasHan(clause);
    const ending = readEnding(isChinese ? chineseStatement(clause) : withoutOpener(clause), isChinese);
    const fact = ending ? undefined : (isChinese ? readChinese : readEnglish)(clause, book.latest);
    if (ending) book.end(ending);
    if (fact) book.learn(fact);
    learned.push(...[ending ?? fact ?? []].flat());
  }
  return learned;
}

export function hasHan(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}

/** "I live in Lisbon and work as a nurse" are two statements of one person. */
const SECOND_VERB =
  /\b(i(?:'m| am| live| work| study| teach| have| come| moved)\b[^.!?;,]{1,80}?),? and ((?:live|work|study|teach|have) )/giu;

/** Statements only: a question teaches nothing. */
function clausesOf(text: string): string[] {
  return text
    .slice(0, MAX_TEXT)
    .replaceAll('’', "'")
    .replaceAll(SECOND_VERB, '$1 and I $2')
    .split(
      /(?<=[.!?])\s+|(?<=[。！？；;\n])|[，]|,\s+(?=(?:i|my|his|her|its)\b)|,?\s+(?:and|but|also)\s+(?=(?:i|my|call)\b)/iu,
    )
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '' && clause.length <= MAX_CLAUSE && !/[?？]$/.test(clause))
    .map((clause) => clause.replace(/[.!。！；;,]+$/u, ''));
}
