import { IRREGULAR_FORMS, rootOf } from './english-forms.js';
import { mostSlips, nearWords, slipsTowards } from './near-words.js';
import type { QueryGroup } from './recall-query.js';
import type { OutlinedMemory, Reading } from './recall-reading.js';
import { type KnownTerm, type Vocabulary, vocabularyOf } from './recall-vocabulary.js';
import { SlipTargets } from './slip-targets.js';

const IRREGULAR = new SlipTargets(IRREGULAR_FORMS);
const SLIP_WEIGHT = 0.5;
/** Who writes at length is not looking for a word, and each unknown one is compared with all that are known. */
const MOST_CORRECTED = 24;

/** A word that no memory has, and of which no other is known, may be misspelt. */
export function correctSlips(
  memories: readonly OutlinedMemory[],
  reading: Reading,
  groups: readonly QueryGroup[],
): void {
  const { holders } = reading;
  const unknown = groups.filter(
    ({ word, alternatives }) =>
      mostSlips(word) > 0 && alternatives.size === 1 && !holders.get(alternatives.keys().next().value ?? word),
  );
  if (unknown.length === 0) return;
  const vocabulary = vocabularyOf(memories);
  for (const { word, alternatives } of unknown.slice(0, MOST_CORRECTED)) {
    const [root = word] = alternatives.keys();
    const meant = meantBy(word, vocabulary);
    for (const near of meant.size > 0 ? meant : nearestOf(word, root, vocabulary)) {
      alternatives.set(near.term, SLIP_WEIGHT);
      if (!holders.get(near.term)) addHits(reading, near);
    }
  }
}

/** What is known of all that the word may be meant for, one slip apart: endings and irregular forms are recognised. */
function meantBy(word: string, { terms, targets }: Vocabulary): Set<KnownTerm> {
  const meant = new Set<KnownTerm>();
  const look = (target: string) => {
    for (const other of slipsTowards(word, target)) {
      const known = terms.get(rootOf(other));
      if (known) meant.add(known);
    }
  };
  for (const target of targets.of(word)) look(target);
  for (const form of IRREGULAR.of(word)) look(form);
  return meant;
}

/** By the root first, as roots are what is known: the ending of a misspelt word may not be recognised. */
function nearestOf(word: string, root: string, { terms }: Vocabulary): KnownTerm[] {
  const near = nearWords(root, terms.values());
  return near.length > 0 || word === root ? near : nearWords(word, terms.values());
}

function addHits({ memories, holders }: Reading, { term, places }: KnownTerm): void {
  for (const place of places) {
    const read = memories[place];
    if (read === undefined) continue;
    read.hits ??= new Map();
    read.hits.set(term, (read.hits.get(term) ?? 0) + 1);
  }
  holders.set(term, new Set(places).size);
}
