import { lettersOf } from './near-words.js';
import { ADDRESS_SIGN } from './recall-outline.js';
import type { OutlinedMemory } from './recall-reading.js';
import { SlipTargets } from './slip-targets.js';

/** A term of a user's memories. */
export interface KnownTerm {
  term: string;
  /** Its letters as bits. */
  letters: number;
  /** Of the memories that have it, once for each time. */
  places: number[];
}

export interface Vocabulary {
  terms: ReadonlyMap<string, KnownTerm>;
  targets: SlipTargets;
}

/** Shorter words are near to far too many others. */
const LEAST_ROOT = 3;

const vocabularies = new WeakMap<readonly OutlinedMemory[], Vocabulary>();

/** All terms of memories that are long enough to be misspelt. The same array is the same memories. */
export function vocabularyOf(memories: readonly OutlinedMemory[]): Vocabulary {
  const known = vocabularies.get(memories);
  if (known !== undefined) return known;
  const terms = termsIn(memories);
  const vocabulary = { terms, targets: new SlipTargets(terms.keys()) };
  vocabularies.set(memories, vocabulary);
  return vocabulary;
}

function termsIn(memories: readonly OutlinedMemory[]): Map<string, KnownTerm> {
  const terms = new Map<string, KnownTerm>();
  memories.forEach(({ outline }, place) => {
    for (let from = 0, end = 0; from < outline.length; from = end + 1) {
      end = outline.indexOf(' ', from);
      if (end === -1) end = outline.length;
      const start = outline[from] === ADDRESS_SIGN ? from + 1 : from;
      if (end - start < LEAST_ROOT) continue;
      const term = outline.slice(start, end);
      const known = terms.get(term);
      if (known === undefined) terms.set(term, { term, letters: lettersOf(term, 0, term.length), places: [place] });
      else known.places.push(place);
    }
  });
  return terms;
}
