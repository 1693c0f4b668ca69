import { createHash } from 'node:crypto';
import { normalText } from '../../../core/util/normal-text.js';
import { searchTerms } from '../../../core/util/search-terms.js';

/** Of the words of both texts, so many are in either when they say the same. */
const NEARLY_SAME = 0.9;

/** The same for texts that are the same once normalised. */
export function textHash(text: string): Buffer {
  return createHash('sha256').update(normalText(text)).digest();
}

/** A text made ready to be compared with many. */
export interface ComparableText {
  normal: string;
  terms: ReadonlySet<string>;
}

export function comparable(text: string): ComparableText {
  const { words, grams } = searchTerms(text);
  return { normal: normalText(text), terms: new Set([...words, ...grams]) };
}

/** Whether one of two texts is enough. */
export function saySame(one: ComparableText, other: ComparableText): boolean {
  if (one.normal === other.normal) return true;
  const [small, large] = one.terms.size < other.terms.size ? [one.terms, other.terms] : [other.terms, one.terms];
  if (small.size < NEARLY_SAME * large.size) return false;
  const common = [...small].filter((term) => large.has(term)).length;
  const all = small.size + large.size - common;
  return all > 0 && common / all >= NEARLY_SAME;
}
