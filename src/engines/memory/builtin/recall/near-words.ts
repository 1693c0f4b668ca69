import { distance } from 'fastest-levenshtein';

const LEAST_LETTERS = 4;
const LETTERS_FOR_TWO = 6;

/** So many slips are looked for in a word; none in one that is too short to be told from others. */
export function mostSlips(word: string): number {
  if (word.length < LEAST_LETTERS) return 0;
  return word.length < LETTERS_FOR_TWO ? 1 : 2;
}

interface Known {
  term: string;
  /** As `lettersOf` tells. */
  letters: number;
}

/** Of the words that are known, the nearest of those that this one may be a slip of: a letter more, less or other, or two swapped. */
export function nearWords<Word extends Known>(word: string, known: Iterable<Word>): Word[] {
  let most = mostSlips(word);
  let near: Word[] = [];
  if (most === 0) return near;
  const letters = lettersOf(word, 0, word.length);
  for (const other of known) {
    const { term } = other;
    if (term.length < LEAST_LETTERS - 1 || Math.abs(word.length - term.length) > most) continue;
    if (!haveLettersNear(letters, other.letters, most)) continue;
    const slips = slipsBetween(word, term);
    if (slips > most) continue;
    if (slips < most) near = [];
    most = slips;
    near.push(other);
  }
  return near;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const LATIN = /^[a-z]+$/u;
/** Roots that are longer lose their last letter to some endings, as "happi" and "happy". */
const LEAST_CHANGED = 5;
/** Of short roots and of others: a long word that begins like a short one is hardly ever a form of it. */
const [LONGEST_OF_SHORT, LONGEST] = [4, 5];

/**
 * Words of a to z one slip apart from this one that may be forms of the target: that begin as it does. Few where the two
 * have nothing in common, so that a word may be compared with all that are known.
 */
export function slipsTowards(word: string, target: string): readonly string[] {
  const length = commonLength(word, target);
  if (length === undefined) return [];
  let at = 0;
  while (at < length && isSame(word, target, at)) at += 1;
  if (at < length && !goesOn(word, target, at, length)) return [];
  if (mostSlips(word) === 0 || !LATIN.test(word)) return [];
  return at === length ? oneSlipFrom(word, Math.max(0, length - 1)) : slipsAt(word, at, target.charAt(at));
}

/** So much of the target a form of it begins with; undefined where the word is too short or too long to be one. */
function commonLength(word: string, target: string): number | undefined {
  const isShort = target.length < LEAST_CHANGED;
  const ending = word.length - target.length - 1;
  if (ending < -2 || ending > (isShort ? LONGEST_OF_SHORT : LONGEST)) return undefined;
  return isShort ? target.length : target.length - 1;
}

/** "y" turns into "i" before some endings. */
const isSame = (word: string, target: string, at: number, from = at): boolean =>
  word[at] === target[from] || (target[from] === 'i' && word[at] === 'y');

/** Whether what follows a difference is the same again, were the difference a slip. */
function goesOn(word: string, target: string, at: number, length: number): boolean {
  const same = (ofWord: number, ofTarget: number): boolean => {
    for (let to = ofTarget; to < length; to += 1) if (!isSame(word, target, ofWord + to - ofTarget, to)) return false;
    return true;
  };
  if (same(at + 1, at + 1) || same(at + 1, at) || same(at, at + 1)) return true;
  return word[at] === target[at + 1] && word[at + 1] === target[at] && same(at + 2, at + 2);
}

/** Where the letter at a place is another, one too many, missing, or swapped with the next. */
function slipsAt(word: string, at: number, letter: string): string[] {
  const [before, after] = [word.slice(0, at), word.slice(at)];
  return [
    before + letter + after.slice(1),
    before + after.slice(1),
    before + letter + after,
    ...(after.length > 1 ? [before + after.charAt(1) + after.charAt(0) + after.slice(2)] : []),
  ];
}

/** All words one slip apart from this one, with the slip at a place or behind it. */
function oneSlipFrom(word: string, from: number): string[] {
  const others: string[] = [];
  for (let at = from; at <= word.length; at += 1) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    if (after !== '') others.push(before + after.slice(1));
    if (after.length > 1) others.push(before + after.charAt(1) + after.charAt(0) + after.slice(2));
    for (const letter of LETTERS) {
      others.push(before + letter + after);
      if (after !== '') others.push(before + letter + after.slice(1));
    }
  }
  return others;
}

/** The letters of a part of a text as bits; two letters may share one. */
export function lettersOf(text: string, start: number, end: number): number {
  let letters = 0;
  for (let at = start; at < end; at += 1) letters |= 1 << (text.charCodeAt(at) & 31);
  return letters;
}

/** Whether words of these letters can be so few slips apart: each takes at most one letter away and brings one. */
const haveLettersNear = (one: number, other: number, slips: number): boolean =>
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
