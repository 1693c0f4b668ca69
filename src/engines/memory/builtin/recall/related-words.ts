import { rootOf } from './english-forms.js';
import { CIRCLES_EN, KINDS_EN } from './related-words-en.js';
import { CIRCLES_ZH } from './related-words-zh.js';

type Table = Map<string, Set<string>>;

let english: Table | undefined;
let chinese: Table | undefined;
const HAN_RUNS = /\p{Script=Han}+/gu;
const LONGEST_HAN_WORD = 3;

/** The roots of words that people may have used instead of the word of this root. Made when it is first asked for. */
export function relatedTerms(root: string): Iterable<string> {
  english ??= englishTable();
  return english.get(root) ?? [];
}

/** For words of a Chinese text: a term of the word, and a term that may have been said instead. */
export function* relatedToHan(text: string): Iterable<readonly [string, string]> {
  chinese ??= chineseTable();
  for (const word of wordsIn(text)) {
    for (const other of chinese.get(word) ?? []) yield [word.slice(0, 2), other];
  }
}

function* wordsIn(text: string): Iterable<string> {
  for (const [run] of text.matchAll(HAN_RUNS)) {
    for (let at = 0; at < run.length; at += 1) {
      for (let length = 1; length <= LONGEST_HAN_WORD; length += 1) yield run.slice(at, at + length);
    }
  }
}

function englishTable(): Table {
  const table: Table = new Map();
  for (const circle of circlesOf(CIRCLES_EN)) relateAll(table, circle.map(rootOf));
  for (const line of KINDS_EN.trim().split('\n')) {
    const [kind = '', members = ''] = line.split(':');
    for (const member of members.trim().split(' ')) relate(table, rootOf(kind), rootOf(member));
  }
  return table;
}

function chineseTable(): Table {
  const table: Table = new Map();
  for (const circle of circlesOf(CIRCLES_ZH)) relateAll(table, circle);
  return table;
}

function relateAll(table: Table, circle: readonly string[]): void {
  for (const one of circle) for (const other of circle) relate(table, one, other);
}

function relate(table: Table, from: string, to: string): void {
  if (from !== to) table.set(from, (table.get(from) ?? new Set()).add(to));
}

const circlesOf = (text: string) =>
  text
    .trim()
    .split(/[|\n]/u)
    .map((circle) => circle.trim().split(' '));
