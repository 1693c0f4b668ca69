import { distance } from 'fastest-levenshtein';

const LEAST_LETTERS = 4;
const LETTERS_FOR_TWO = 6;

/** So many slips are looked for in a word; none in one that is too short to be told from others. */
export function mostSlips(word: string): number {
  if (word.length < LEAST_LETTERS) return 0;
  return word.length < LETTERS_FOR_TWO ? 1 : 2;
}

/** Of the words that are known, the nearest of those that this one may be a slip of: a letter more, less or other, or two swapped. */
export function nearWords(word: string, known: Iterable<string>): string[] {
  let most = mostSlips(word);
  let near: string[] = [];
  if (most === 0) return near;
  const letters = lettersOf(word, 0, word.length);
  for (const other of known) {
    if (other.length < LEAST_LETTERS - 1 || Math.abs(word.length - other.length) > most) continue;
    if (!haveLettersNear(letters, lettersOf(other, 0, other.length), most)) continue;
    const slips = slipsBetween(word, other);
    if (slips > most) continue;
    if (slips < most) near = [];
    most = slips;
    near.push(other);
  }
  return near;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const LATIN = /^[a-z]+$/u;

/** All that a word of a to z may be meant for, one slip apart; endings and irregular forms are recognised in these. */
export function* oneSlipFrom(word: string): Iterable<string> {
  if (mostSlips(word) === 0 || !LATIN.test(word)) return;
  for (let at = 0; at <= word.length; at += 1) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    if (after !== '') yield before + after.slice(1);
    if (after.length > 1) yield before + after.charAt(1) + after.charAt(0) + after.slice(2);
    for (const letter of LETTERS) {
      yield before + letter + after;
      if (after !== '') yield before + letter + after.slice(1);
    }
  }
}

/** The letters of a part of a text as bits; two letters may share one. */
export function lettersOf(text: string, start: number, end: number): number {
  let letters = 0;
  for (let at = start; at < end; at += 1) letters |= 1 << (text.charCodeAt(at) & 31);
  return letters;
}

/** Whether words of these letters can be so few slips apart: each takes at most one letter away and brings one. */
export const haveLettersNear = (one: number, other: number, slips: number): boolean =>
  countOf(one & ~other) <= slips && countOf(other & ~one) <= slips;

function countOf(letters: number): number {
  let count = 0;
  for (let left = letters; left !== 0; left &= left - 1) count += 1;
  return count;
}

/** Two letters swapped are one slip. */
function slipsBetween(word: string, other: string): number {
  const slips = distance(word, other);
  return slips === 2 && areSwapped(word, other) ? 1 : slips;
}

/** Of two words that differ in two places. */
function areSwapped(word: string, other: string): boolean {
  if (word.length !== other.length) return false;
  let first = 0;
  while (word[first] === other[first]) first += 1;
  let last = word.length - 1;
  while (word[last] === other[last]) last -= 1;
  return word[first] === other[last] && word[last] === other[first];
}
