import { createHash } from 'node:crypto';
import { normalText } from '../../../core/util/normal-text.js';
import { searchTerms } from '../../../core/util/search-terms.js';

/** Of the words of both texts, so many are in either when they say the same. */
const NEARLY_SAME = 0.9;

/** The same for texts that are the same once normalised. */
export function textHash(text: string): Buffer {
  return createHash('sha256').update(normalText(text)).digest();
}

/** Whether one of two texts is enough. */
export function sameText(one: string, other: string): boolean {
  if (normalText(one) === normalText(other)) return true;
  const [a, b] = [termsOf(one), termsOf(other)];
  const common = [...a].filter((term) => b.has(term)).length;
  const all = a.size + b.size - common;
  return all > 0 && common / all >= NEARLY_SAME;
}

function termsOf(text: string): Set<string> {
  const { words, grams } = searchTerms(text);
  return new Set([...words, ...grams]);
}
