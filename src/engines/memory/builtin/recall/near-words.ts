import { distance } from 'fastest-levenshtein';

const LEAST_LETTERS = 4;
const LETTERS_FOR_TWO = 8;

/** Of the words that are known, those that this one may be a slip of: a letter more, less or other, or two swapped. */
export function nearWords(word: string, known: Iterable<string>): string[] {
  if (word.length < LEAST_LETTERS) return [];
  const most = word.length >= LETTERS_FOR_TWO ? 2 : 1;
  const near: string[] = [];
  for (const other of known) if (isNear(word, other, most)) near.push(other);
  return near;
}

function isNear(word: string, other: string, most: number): boolean {
  if (Math.abs(word.length - other.length) > most) return false;
  const slips = distance(word, other);
  // Two letters swapped are two replacements.
  return slips <= most || (slips === 2 && areSwapped(word, other));
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
